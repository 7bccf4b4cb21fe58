//! The phrase syntax of rubrics: `a|b` alternatives, `(..)` groups, `(..)?` optional parts, `{name}` slots.
//!
//! Takes a phrase as its author wrote it, gives every way to say it. Full-width signs count like ASCII ones; a `?`
//! that follows no group is punctuation.

use thiserror::Error;

/// Most ways to say one phrase; more is a mistake of its author and would make matching slow.
pub const MAX_VARIANTS: usize = 128;

/// Deepest nesting of groups.
const MAX_DEPTH: usize = 16;

/// Why a phrase can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PatternError {
    /// A `(` without its `)`, or the other way round.
    #[error("parentheses that do not pair")]
    Parentheses,
    /// A `{` without its `}`, or nothing between them.
    #[error("a slot that is not {{name}}")]
    Slot,
    /// Nothing that can be said.
    #[error("a phrase with no words")]
    Empty,
    /// Groups in groups in groups.
    #[error("groups nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// Too many combinations.
    #[error("more than {MAX_VARIANTS} ways to say it")]
    TooMany,
}

/// A piece of one way to say a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(String),
    /// A value that each call fills in.
    Slot(String),
}

/// Every way to say `phrase`, in the order of its alternatives, with optional parts first in, then left out.
///
/// # Errors
/// See [`PatternError`].
pub fn variants(phrase: &str) -> Result<Vec<Vec<Piece>>, PatternError> {
    let characters: Vec<char> = phrase.chars().collect();
    let mut at = 0;
    let found = alternatives(&characters, &mut at, 0)?;
    if at < characters.len() {
        return Err(PatternError::Parentheses);
    }
    let found: Vec<_> = found.into_iter().filter(|pieces| pieces.iter().any(is_something)).collect();
    if found.is_empty() { Err(PatternError::Empty) } else { Ok(found) }
}

/// Names of the slots in `phrase`, in order.
///
/// # Errors
/// See [`PatternError`].
pub fn slot_names(phrase: &str) -> Result<Vec<String>, PatternError> {
    let mut names: Vec<String> = Vec::new();
    for piece in variants(phrase)?.into_iter().flatten() {
        if let Piece::Slot(name) = piece
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    Ok(names)
}

/// The first sign of `phrase` that other tools read as a pattern and that is punctuation here: the `?` of `colou?r`, `.*`.
///
/// ```
/// use callgrade::text::pattern::idle_sign;
/// assert_eq!(idle_sign("colou?r"), Some("?"));
/// assert_eq!(idle_sign("colo(u)?r, is it? Yes"), None);
/// ```
pub fn idle_sign(phrase: &str) -> Option<&str> {
    phrase.char_indices().find_map(|(at, sign)| {
        let (before, after) = (&phrase[..at], &phrase[at + sign.len_utf8()..]);
        let last = before.chars().next_back();
        match (sign, after.chars().next()) {
            // A question mark ends a sentence, and a question in Mandarin ends in a particle.
            ('?', next) if last.is_some_and(|it| it.is_alphanumeric() && !"吗呢吧么啊".contains(it)) => {
                let goes_on = next.is_some_and(|it| it.is_alphanumeric() || matches!(it, '(' | '{'))
                    || after.trim_start().starts_with(|it: char| it.is_ascii_lowercase());
                goes_on.then_some("?")
            }
            ('.', Some('*' | '+')) => phrase.get(at..at + 2),
            ('*' | '+', _) if last == Some(')') => phrase.get(at..at + 1),
            ('\\', Some(_)) => phrase.get(at..at + 1),
            ('[', Some(_)) if after.contains(']') => phrase.get(at..at + 1),
            ('(', Some('?')) => phrase.get(at..at + 2),
            ('/', Some(next)) if next.is_alphabetic() && last.is_some_and(char::is_alphabetic) => {
                phrase.get(at..at + 1)
            }
            _ => None,
        }
    })
}

fn is_something(piece: &Piece) -> bool {
    match piece {
        Piece::Text(text) => text.chars().any(char::is_alphanumeric),
        Piece::Slot(_) => true,
    }
}

/// Reads up to the end or the `)` of the group that holds it.
fn alternatives(characters: &[char], at: &mut usize, depth: usize) -> Result<Vec<Vec<Piece>>, PatternError> {
    if depth > MAX_DEPTH {
        return Err(PatternError::TooDeep);
    }
    let mut all = Vec::new();
    let mut current: Vec<Vec<Piece>> = vec![Vec::new()];
    while let Some(&character) = characters.get(*at) {
        match character {
            ')' | '）' => break,
            '|' | '｜' => {
                *at += 1;
                all.append(&mut current);
                current.push(Vec::new());
            }
            '(' | '（' => {
                *at += 1;
                let mut group = alternatives(characters, at, depth + 1)?;
                if !matches!(characters.get(*at), Some(')' | '）')) {
                    return Err(PatternError::Parentheses);
                }
                *at += 1;
                if matches!(characters.get(*at), Some('?' | '？')) {
                    *at += 1;
                    group.push(Vec::new());
                }
                current = product(&current, &group)?;
            }
            '{' | '｛' => {
                let length =
                    characters[*at..].iter().position(|c| matches!(c, '}' | '｝')).ok_or(PatternError::Slot)?;
                let name: String = characters[*at + 1..*at + length].iter().collect::<String>().trim().to_owned();
                if name.is_empty() {
                    return Err(PatternError::Slot);
                }
                *at += length + 1;
                current.iter_mut().for_each(|pieces| pieces.push(Piece::Slot(name.clone())));
            }
            '}' | '｝' => return Err(PatternError::Slot),
            _ => {
                *at += 1;
                current.iter_mut().for_each(|pieces| push_character(pieces, character));
            }
        }
        if all.len() + current.len() > MAX_VARIANTS {
            return Err(PatternError::TooMany);
        }
    }
    all.append(&mut current);
    Ok(all)
}

fn push_character(pieces: &mut Vec<Piece>, character: char) {
    if let Some(Piece::Text(text)) = pieces.last_mut() {
        text.push(character);
    } else {
        pieces.push(Piece::Text(character.to_string()));
    }
}

fn product(heads: &[Vec<Piece>], tails: &[Vec<Piece>]) -> Result<Vec<Vec<Piece>>, PatternError> {
    if heads.len() * tails.len() > MAX_VARIANTS {
        return Err(PatternError::TooMany);
    }
    Ok(heads
        .iter()
        .flat_map(|head| {
            tails.iter().map(move |tail| {
                let mut joined = head.clone();
                for piece in tail {
                    match piece {
                        Piece::Text(text) => text.chars().for_each(|character| push_character(&mut joined, character)),
                        Piece::Slot(_) => joined.push(piece.clone()),
                    }
                }
                joined
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(phrase: &str) -> Vec<String> {
        variants(phrase)
            .unwrap()
            .iter()
            .map(|pieces| {
                pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.clone(),
                        Piece::Slot(name) => format!("<{name}>"),
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn alternatives_options_and_slots_multiply_out() {
        assert_eq!(spoken("您好|你好"), ["您好", "你好"]);
        assert_eq!(
            spoken("欢迎(致电|来电){company}（客服热线）？"),
            ["欢迎致电<company>客服热线", "欢迎致电<company>", "欢迎来电<company>客服热线", "欢迎来电<company>"]
        );
        assert_eq!(spoken("how are you?"), ["how are you?"]);
    }

    #[test]
    fn signs_of_other_languages_are_seen() {
        for (phrase, sign) in [
            ("这个?问题", "?"),
            ("calls? me", "?"),
            ("thanks?(so)?", "?"),
            ("sorry.*wait", ".*"),
            ("(so )+sorry", "+"),
            (r"\bsorry\b", r"\"),
            ("[Ss]orry", "["),
        ] {
            assert_eq!(idle_sign(phrase), Some(sign), "{phrase}");
        }
        for phrase in ["是吗?我看看", "请稍等?", "what? Really", "100% + tax", "(一下)?", "对吗？好", "no. 5"]
        {
            assert_eq!(idle_sign(phrase), None, "{phrase}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(variants("(abc"), Err(PatternError::Parentheses));
        assert_eq!(variants("abc)"), Err(PatternError::Parentheses));
        assert_eq!(variants("a{}"), Err(PatternError::Slot));
        assert_eq!(variants("。!"), Err(PatternError::Empty));
        assert_eq!(variants("(a)?"), Ok(vec![vec![Piece::Text("a".into())]]));
        assert_eq!(variants(&"(a|b)".repeat(8)), Err(PatternError::TooMany));
        assert_eq!(variants(&"(".repeat(40)), Err(PatternError::TooDeep));
    }
}
