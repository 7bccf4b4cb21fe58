//! One table of the workbook while it is filled: kinds of columns and cells, filters, frozen heads, colours.

use rust_xlsxwriter::{
    Color, ConditionalFormat2ColorScale, ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatDataBar,
    ConditionalFormatText, ConditionalFormatTextRule, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

/// Rows of one sheet, the head among them.
const ROWS: u32 = 1_048_576;
/// Ink and ground of a coloured cell.
pub type Tone = (u32, u32);
/// Colours of good, doubtful and bad cells.
pub const GOOD: Tone = (0x0022_6440, 0x00E2_F1E7);
/// See [`GOOD`].
pub const DOUBT: Tone = (0x0086_5800, 0x00FB_F0D2);
/// See [`GOOD`].
pub const BAD: Tone = (0x009C_2D24, 0x00FB_E1DD);

/// The kinds of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, always stored as a string.
    Text,
    /// A count.
    Whole,
    /// One decimal.
    Tenth,
    /// Two decimals.
    Hundredth,
    /// A part of one, shown in percent and shaded.
    Share,
    /// A part of a day, shown as hours, minutes and seconds.
    Clock,
    /// Days since the end of 1899, shown as date and time.
    Moment,
    /// 0 to 100 with a bar.
    Score,
}

/// A column: head, kind, width in characters.
pub type Column = (String, Kind, f64);

/// A column of this head, kind and width.
pub fn column(name: impl Into<String>, kind: Kind, width: f64) -> Column {
    (name.into(), kind, width)
}

/// A cell's value; [`Cell::Empty`] where a number is not known.
pub enum Cell<'a> {
    /// A string, whatever it begins with.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// Nothing.
    Empty,
}

impl From<Option<f64>> for Cell<'_> {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Cell::Empty, Cell::Number)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell::Text(text)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Cell::Text(text)
    }
}

impl From<usize> for Cell<'_> {
    fn from(count: usize) -> Self {
        Cell::Number(count as f64)
    }
}

/// One table while it is filled: a new sheet begins where one is full.
pub struct Table<'a> {
    workbook: &'a mut Workbook,
    /// Whether rows wait in a file.
    spools: bool,
    name: &'a str,
    columns: Vec<Column>,
    formats: Vec<Format>,
    head: Format,
    sheets: Vec<Worksheet>,
    row: u32,
}

impl<'a> Table<'a> {
    /// An empty table.
    ///
    /// # Errors
    /// Where `name` is no name for a sheet.
    pub fn new(
        workbook: &'a mut Workbook,
        spools: bool,
        name: &'a str,
        columns: Vec<Column>,
    ) -> Result<Self, XlsxError> {
        let format = |kind: Kind| match kind {
            Kind::Text => Format::new().set_align(FormatAlign::Top),
            Kind::Whole => Format::new().set_num_format("0"),
            Kind::Tenth | Kind::Score => Format::new().set_num_format("0.0"),
            Kind::Hundredth => Format::new().set_num_format("0.00"),
            Kind::Share => Format::new().set_num_format("0%"),
            Kind::Clock => Format::new().set_num_format("[h]:mm:ss"),
            Kind::Moment => Format::new().set_num_format("yyyy-mm-dd hh:mm"),
        };
        let formats = columns.iter().map(|(_, kind, _)| format(*kind)).collect();
        let head = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0x00E8_EDF3))
            .set_text_wrap()
            .set_align(FormatAlign::Top);
        let mut table = Self { workbook, spools, name, columns, formats, head, sheets: Vec::new(), row: 0 };
        table.begin()?;
        Ok(table)
    }

    fn begin(&mut self) -> Result<(), XlsxError> {
        let mut sheet = if self.spools { self.workbook.new_worksheet_with_low_memory()? } else { Worksheet::new() };
        let number = self.sheets.len() + 1;
        sheet.set_name(if number == 1 { self.name.to_owned() } else { format!("{} {number}", self.name) })?;
        sheet.set_freeze_panes(1, 1)?;
        for (index, (name, _, width)) in (0_u16..).zip(&self.columns) {
            sheet.set_column_width(index, *width)?;
            sheet.write_string_with_format(0, index, name, &self.head)?;
        }
        self.sheets.push(sheet);
        self.row = 0;
        Ok(())
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Where a text is longer than a cell can hold.
    pub fn add(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        if self.row + 1 == ROWS {
            self.begin()?;
        }
        self.row += 1;
        let Some(sheet) = self.sheets.last_mut() else { return Ok(()) };
        for ((index, cell), format) in (0_u16..).zip(cells).zip(&self.formats) {
            match cell {
                Cell::Text("") => {}
                Cell::Text(text) => {
                    sheet.write_string_with_format(self.row, index, *text, format)?;
                }
                Cell::Number(value) if value.is_finite() => {
                    sheet.write_number_with_format(self.row, index, *value, format)?;
                }
                Cell::Number(_) | Cell::Empty => {}
            }
        }
        Ok(())
    }

    /// Filters, data bars on scores, colours on cells that begin with the words of `tones` (counts above zero where
    /// there is no word); then the sheets are part of the workbook.
    ///
    /// # Errors
    /// Where a format does not fit the sheet.
    pub fn finish(mut self, tones: &[(usize, &str, Tone)]) -> Result<(), XlsxError> {
        let last_column = self.columns.len().saturating_sub(1) as u16;
        let sheets = self.sheets.len();
        for (number, mut sheet) in std::mem::take(&mut self.sheets).into_iter().enumerate() {
            let last = if number + 1 == sheets { self.row } else { ROWS - 1 };
            sheet.autofilter(0, 0, last, last_column)?;
            let bottom = last.max(1);
            for (index, (_, kind, _)) in (0_u16..).zip(&self.columns) {
                if *kind == Kind::Score {
                    let bar = ConditionalFormatDataBar::new()
                        .set_fill_color(Color::RGB(0x00B9_CCE2))
                        .set_solid_fill(true)
                        .set_minimum(rust_xlsxwriter::ConditionalFormatType::Number, 0)
                        .set_maximum(rust_xlsxwriter::ConditionalFormatType::Number, 100);
                    sheet.add_conditional_format(1, index, bottom, index, &bar)?;
                }
                if *kind == Kind::Share {
                    let scale = ConditionalFormat2ColorScale::new()
                        .set_minimum_color(Color::RGB(0x00FF_FFFF))
                        .set_maximum_color(Color::RGB(0x00D5_E2F0));
                    sheet.add_conditional_format(1, index, bottom, index, &scale)?;
                }
            }
            for (index, text, (ink, ground)) in tones {
                let index = *index as u16;
                let format = Format::new().set_font_color(Color::RGB(*ink)).set_background_color(Color::RGB(*ground));
                if text.is_empty() {
                    let above = ConditionalFormatCell::new()
                        .set_rule(ConditionalFormatCellRule::GreaterThan(0))
                        .set_format(format);
                    sheet.add_conditional_format(1, index, bottom, index, &above)?;
                } else {
                    let rule = ConditionalFormatTextRule::BeginsWith((*text).to_owned());
                    let tone = ConditionalFormatText::new().set_rule(rule).set_format(format);
                    sheet.add_conditional_format(1, index, bottom, index, &tone)?;
                }
            }
            self.workbook.push_worksheet(sheet);
        }
        Ok(())
    }
}
