//! Utterances made by rule, with their truth: cards as people read them out and recognition writes them, and numbers
//! that are nobody's secret.

use super::classify::luhn;
use super::*;

/// A small generator of pseudo-random numbers, the same everywhere.
///
/// # Source
/// Marsaglia 2003, "Xorshift RNGs".
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.roll(10) as u8)).collect()
    }

    /// A card number with its check digit.
    fn card(&mut self, mandarin: bool) -> String {
        let (prefix, length) = if mandarin {
            [("6222", 19), ("6217", 19), ("6225", 16), ("4512", 16), ("5184", 16)][self.roll(5)]
        } else {
            [("4", 16), ("51", 16), ("55", 16), ("37", 15), ("6011", 16), ("2331", 16)][self.roll(6)]
        };
        let body = format!("{prefix}{}", self.digits(length - prefix.len() - 1));
        (0..10).map(|check| format!("{body}{check}")).find(|card| luhn(card)).unwrap()
    }
}

/// One said number: pieces of text, each with whether it belongs to the number.
type Pieces = Vec<(String, bool)>;

fn groups(digits: &str, sizes: &[usize]) -> Vec<String> {
    let mut rest = digits;
    let mut groups = Vec::new();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (group, after) = rest.split_at((*size).min(rest.len()));
        groups.push(group.to_owned());
        rest = after;
    }
    groups
}

const WORDS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const TEENS: [&str; 10] =
    ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const MANDARIN: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

fn english(dice: &mut Dice, group: &str, style: usize) -> String {
    let values: Vec<usize> = group.bytes().map(|byte| usize::from(byte - b'0')).collect();
    match style {
        0 => group.to_owned(),
        // In pairs: forty-one eleven.
        1 if values.len().is_multiple_of(2) && values.chunks(2).all(|pair| pair[0] > 0) => values
            .chunks(2)
            .map(|pair| match pair {
                [1, unit] => TEENS[*unit].to_owned(),
                [tens, 0] => TENS[tens - 2].to_owned(),
                [tens, unit] => format!("{}-{}", TENS[tens - 2], WORDS[*unit]),
                _ => String::new(),
            })
            .collect::<Vec<_>>()
            .join(" "),
        // With doubles, and oh for zero.
        2 => {
            let mut said: Vec<String> = Vec::new();
            let mut at = 0;
            while at < values.len() {
                let word = if values[at] == 0 && dice.chance(60) { "oh" } else { WORDS[values[at]] };
                if values.get(at + 1) == Some(&values[at]) && dice.chance(70) {
                    said.push(format!("double {word}"));
                    at += 2;
                } else {
                    said.push(word.to_owned());
                    at += 1;
                }
            }
            said.join(" ")
        }
        _ => values.iter().map(|value| WORDS[*value]).collect::<Vec<_>>().join(if style == 4 { ", " } else { " " }),
    }
}

fn mandarin(dice: &mut Dice, group: &str, style: usize) -> String {
    if style == 0 {
        return group.to_owned();
    }
    let full = style == 1;
    group
        .bytes()
        .map(|byte| match byte - b'0' {
            digit if full => char::from_u32(0xff10 + u32::from(digit)).unwrap().to_string(),
            0 if dice.chance(10) => "洞".into(),
            1 if dice.chance(50) => "幺".into(),
            2 if dice.chance(10) => "两".into(),
            7 if dice.chance(5) => "拐".into(),
            digit => MANDARIN[usize::from(digit)].into(),
        })
        .collect()
}

/// A number as it is said and recognised.
fn say(dice: &mut Dice, number: &str, chinese: bool) -> Pieces {
    let sizes: &[usize] = [&[4][..], &[4], &[6, 4, 4, 5], &[4, 4, 4, 7], &[40]][dice.roll(5)];
    let style = dice.roll(5);
    let separator = if chinese { dice.one(&["", "，", " ", "，"]) } else { dice.one(&[" ", ", ", "-", " "]) };
    let separator = if chinese || style == 0 { separator } else { dice.one(&[" ", ", "]) };
    let mut pieces = Pieces::new();
    for (index, group) in groups(number, sizes).iter().enumerate() {
        if index > 0 {
            pieces.push((separator.into(), false));
            if dice.chance(12) {
                let filler = if chinese {
                    dice.one(&["嗯，", "然后，", "呃", "对，"])
                } else {
                    dice.one(&[" um, ", " and, ", " uh ", " then "])
                };
                pieces.push((filler.into(), false));
            }
        }
        let said = if chinese { mandarin(dice, group, style) } else { english(dice, group, style) };
        pieces.push((said, true));
    }
    pieces
}

/// What recognition does to digits in one number out of a few: a wrong, a lost or a doubled digit.
fn mishear(dice: &mut Dice, number: &str) -> String {
    let mut digits: Vec<char> = number.chars().collect();
    let at = dice.roll(digits.len());
    match dice.roll(3) {
        0 => digits[at] = char::from(b'0' + dice.roll(10) as u8),
        1 => {
            digits.remove(at);
        }
        _ => digits.insert(at, digits[at]),
    }
    digits.into_iter().collect()
}

/// A word that sounds like a digit, in the middle of the number.
fn sound_alike(pieces: &mut Pieces, dice: &mut Dice) {
    let alike: &[(&str, &str)] = &[
        (" two ", " to "),
        (" four ", " for "),
        (" eight ", " ate "),
        (" one ", " won "),
        ("二", "而"),
        ("五", "午"),
        ("一", "医"),
        ("四", "是"),
        ("六", "溜"),
        ("八", "吧"),
    ];
    for (piece, secret) in pieces.iter_mut().filter(|(_, secret)| *secret) {
        let (from, to) = alike[dice.roll(alike.len())];
        let inner = piece.char_indices().nth(1).map_or(0, |(at, _)| at);
        let last = piece.char_indices().next_back().map_or(0, |(at, _)| at);
        if *secret && let Some(at) = piece[inner..].find(from).filter(|at| inner + at + from.len() <= last) {
            piece.replace_range(inner + at..inner + at + from.len(), to);
        }
    }
}

struct Said {
    turns: Vec<(usize, Pieces)>,
}

impl Said {
    /// (every piece of the secret masked, anything masked)
    fn outcome(&self) -> (bool, bool, String) {
        let texts: Vec<String> =
            self.turns.iter().map(|(_, pieces)| pieces.iter().map(|(text, _)| text.as_str()).collect()).collect();
        let turns: Vec<SpokenTurn<'_>> =
            self.turns.iter().zip(&texts).map(|((speaker, _), text)| SpokenTurn { speaker: *speaker, text }).collect();
        let masks = redact(&turns);
        let mut complete = true;
        for (turn, (_, pieces)) in self.turns.iter().enumerate() {
            let mut at = 0;
            for (text, secret) in pieces {
                let inside =
                    |mask: &Mask| mask.turn == turn && mask.bytes.start <= at && at + text.len() <= mask.bytes.end;
                complete &= !*secret || masks.iter().any(inside);
                at += text.len();
            }
        }
        (complete, !masks.is_empty(), texts.join(" / "))
    }
}

/// A card in talk: asked for or offered, in one turn or two, heard well or not.
fn card(dice: &mut Dice, chinese: bool) -> Said {
    let number = dice.card(chinese);
    let misheard = dice.chance(25);
    let heard = if misheard { mishear(dice, &number) } else { number };
    let mut pieces = say(dice, &heard, chinese);
    if dice.chance(15) {
        sound_alike(&mut pieces, dice);
    }
    let plain = |text: &str| (text.to_owned(), false);
    let ask = if chinese {
        dice.one(&["请您报一下卡号", "麻烦提供一下您的银行卡号，好吗？", "请问您的信用卡号码是多少？"])
    } else {
        dice.one(&[
            "May I have your card number please?",
            "Could you read me the long number on your card?",
            "What is your debit card number?",
        ])
    };
    let lead = if chinese {
        dice.one(&["好的，", "是", "", "嗯，"])
    } else {
        dice.one(&["Sure, it's ", "Yes. ", "", "Okay, ", "It is "])
    };
    let offer = if chinese {
        dice.one(&["我的卡号是", "卡号", "我信用卡是"])
    } else {
        dice.one(&["my card number is ", "the card is ", "My Visa is "])
    };
    let tail = if chinese {
        dice.one(&["，谢谢", "。", "，麻烦你了"])
    } else {
        dice.one(&[", thanks.", ".", ", did you get that?"])
    };
    let mut turns = Vec::new();
    // Without a word about cards only a number that is heard right can be known.
    let offered = dice.chance(40);
    if !offered {
        turns.push((0, vec![plain(ask)]));
    }
    let mut first = vec![plain(if offered { offer } else { lead })];
    if pieces.len() > 3 && dice.chance(20) {
        let rest = pieces.split_off(pieces.len() / 2);
        first.extend(pieces);
        turns.push((1, first));
        turns.push((
            0,
            vec![plain(if chinese {
                dice.one(&["嗯", "好的", "嗯嗯，好"])
            } else {
                dice.one(&["Uh-huh.", "Okay.", "Mm-hm, yes."])
            })],
        ));
        turns.push((1, rest));
    } else {
        first.extend(pieces);
        first.push(plain(tail));
        turns.push((1, first));
    }
    Said { turns }
}

/// A number that must stay.
fn harmless(dice: &mut Dice, chinese: bool) -> Said {
    let count = 6 + dice.roll(13);
    let number = dice.digits(count);
    let (hundreds, day, month, year) =
        (1 + dice.roll(9000), 1 + dice.roll(28), 1 + dice.roll(12), 2015 + dice.roll(12));
    let text = if chinese {
        match dice.roll(9) {
            0 => format!("您的订单号是{number}"),
            1 => format!("运单号{}请您记一下", dice.digits(12)),
            2 => format!("一共是{hundreds}元，请您确认"),
            3 => format!("{year}年{month}月{day}日下午{}点到的", 1 + dice.roll(11)),
            4 => format!("工单编号{year}{month:02}{day:02}{}", dice.digits(4)),
            5 => format!("账单金额{hundreds}.{:02}，余额{}.50", dice.roll(100), hundreds * 3),
            6 => format!("套餐每月{}块，含{}G流量，{}分钟通话", dice.roll(300), dice.roll(100), dice.roll(900)),
            7 => format!("请拨打{}咨询，稍后会给您发短信", dice.one(&["10086", "95588", "12345", "4008008888"])),
            _ => format!("您的卡尾号{}，{month}月{day}号扣了{hundreds}元", dice.digits(4)),
        }
    } else {
        match dice.roll(9) {
            0 => format!("Your order number is {number}."),
            1 => format!("The tracking number is {} and it shipped yesterday.", dice.digits(12)),
            2 => format!("That comes to ${hundreds}.{:02} in total.", dice.roll(100)),
            3 => format!(
                "It was on {} {day}, {year}, around {}:30.",
                dice.one(&["March", "June", "October"]),
                1 + dice.roll(12)
            ),
            4 => format!("Your case number is {year}{month:02}{day:02}{}, please keep it.", dice.digits(4)),
            5 => format!("The balance is {} dollars and {} cents.", hundreds * 7, dice.roll(100)),
            6 => format!(
                "The plan is {} a month with {} minutes and {} gigabytes.",
                dice.roll(200),
                dice.roll(900),
                dice.roll(100)
            ),
            7 => format!(
                "We will call back in {} to {} hours, case reference {}.",
                2 + dice.roll(20),
                24 + dice.roll(40),
                dice.digits(8)
            ),
            _ => format!(
                "The card ending in {} was charged {hundreds} dollars on the {}th.",
                dice.digits(4),
                4 + dice.roll(16)
            ),
        }
    };
    Said { turns: vec![(0, vec![(text, false)])] }
}

#[test]
fn cards_are_masked_and_other_numbers_stay() {
    for chinese in [false, true] {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let (mut cards, mut complete, mut kept, mut accused) = (0, 0, 0, 0);
        let mut missed = Vec::new();
        let mut wrong = Vec::new();
        for _ in 0..2000 {
            let (all, _, text) = card(&mut dice, chinese).outcome();
            cards += 1;
            complete += usize::from(all);
            if !all {
                missed.push(text);
            }
        }
        for _ in 0..2000 {
            let (_, any, text) = harmless(&mut dice, chinese).outcome();
            kept += usize::from(!any);
            accused += usize::from(any);
            if any {
                wrong.push(text);
            }
        }
        let recall = complete as f64 / cards as f64;
        let precision = complete as f64 / (complete + accused) as f64;
        println!("mandarin {chinese}: recall {recall:.4} precision {precision:.4} kept {kept}");
        assert!(recall >= 0.995, "recall {recall}");
        assert!(precision >= 0.95, "precision {precision}");
    }
}
