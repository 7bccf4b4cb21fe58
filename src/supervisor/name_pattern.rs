//! Metadata read from file names: `{date}_{agent}_{call_id}.wav`.

use crate::call::Metadata;

/// A pattern for file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    pieces: Vec<Piece>,
    has_extension: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
}

/// A pattern that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamePatternError {
    /// A brace without its partner.
    #[error("name pattern `{0}`: a brace is not closed")]
    Unbalanced(String),
    /// Nothing stands between two fields, so nobody can tell where one ends.
    #[error("name pattern `{0}`: two fields need text between them")]
    Adjacent(String),
    /// A field without a name, or no field at all.
    #[error("name pattern `{0}`: expected fields such as {{agent}} or {{call_id}}")]
    NoField(String),
}

impl NamePattern {
    /// Reads `pattern`.
    ///
    /// # Errors
    /// Where braces do not match, two fields touch, or there is no field.
    pub fn parse(pattern: &str) -> Result<Self, NamePatternError> {
        let mut pieces = Vec::new();
        let mut rest = pattern;
        while !rest.is_empty() {
            match rest.find('{') {
                Some(0) => {
                    let end = rest.find('}').ok_or_else(|| NamePatternError::Unbalanced(pattern.to_owned()))?;
                    let name = rest[1..end].trim();
                    if name.is_empty() || name.contains('{') {
                        return Err(NamePatternError::NoField(pattern.to_owned()));
                    }
                    if matches!(pieces.last(), Some(Piece::Field(_))) {
                        return Err(NamePatternError::Adjacent(pattern.to_owned()));
                    }
                    pieces.push(Piece::Field(name.to_owned()));
                    rest = &rest[end + 1..];
                }
                found => {
                    let end = found.unwrap_or(rest.len());
                    if rest[..end].contains('}') {
                        return Err(NamePatternError::Unbalanced(pattern.to_owned()));
                    }
                    pieces.push(Piece::Text(rest[..end].to_owned()));
                    rest = &rest[end..];
                }
            }
        }
        if !pieces.iter().any(|piece| matches!(piece, Piece::Field(_))) {
            return Err(NamePatternError::NoField(pattern.to_owned()));
        }
        let has_extension = matches!(pieces.last(), Some(Piece::Text(text)) if text.contains('.'));
        Ok(Self { pieces, has_extension })
    }

    /// What `file_name` says, where it fits the pattern. The name's own extension counts only where the pattern
    /// names one; then a different extension fits as well.
    pub fn read(&self, file_name: &str) -> Option<Metadata> {
        let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
        let mut rest = stem;
        let mut metadata = Metadata::default();
        let last = self.pieces.len() - 1;
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => {
                    let text = if index == last && self.has_extension {
                        text.rsplit_once('.').map_or(text.as_str(), |(before, _)| before)
                    } else {
                        text
                    };
                    rest = rest.strip_prefix(text)?;
                }
                Piece::Field(name) => {
                    let end = match self.pieces.get(index + 1) {
                        Some(Piece::Text(text)) => {
                            let text = if index + 1 == last && self.has_extension {
                                text.rsplit_once('.').map_or(text.as_str(), |(before, _)| before)
                            } else {
                                text
                            };
                            if text.is_empty() { rest.len() } else { rest.find(text)? }
                        }
                        _ => rest.len(),
                    };
                    let value = rest[..end].trim();
                    if !value.is_empty() {
                        let name = if name == "date" { "started_at" } else { name };
                        metadata.0.insert(name.to_owned(), value.to_owned());
                    }
                    rest = &rest[end..];
                }
            }
        }
        rest.is_empty().then_some(metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_and_other_names_do_not_fit() {
        let pattern = NamePattern::parse("{date}_{agent}_{call_id}.wav").unwrap();
        let metadata = pattern.read("2026-11-21_王芳_17.mp3").unwrap();
        let cells = ["started_at", "agent", "call_id"].map(|column| metadata.get(column).unwrap_or_default());
        assert_eq!(cells, ["2026-11-21", "王芳", "17"]);
        assert_eq!(pattern.read("17.wav"), None);
    }

    #[test]
    fn patterns_that_cannot_be_told_apart_are_refused() {
        assert!(matches!(NamePattern::parse("{a}{b}"), Err(NamePatternError::Adjacent(_))));
        assert!(matches!(NamePattern::parse("{a"), Err(NamePatternError::Unbalanced(_))));
        assert!(matches!(NamePattern::parse("call.wav"), Err(NamePatternError::NoField(_))));
    }
}
