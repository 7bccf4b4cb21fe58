//! Mandarin syllables without their tone, as numbers that can be compared quickly.
//!
//! Recognition of Mandarin mostly errs among characters that sound alike, so that sound is the better thing to compare.

use pinyin::ToPinyin;

/// A syllable: initial, final and their classes of near sounds, packed. 0 is no syllable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Syllable(u32);

/// Most readings of a character that are compared.
pub(super) const READINGS: usize = 2;

/// Initials with the number of their class: z/zh, c/ch, s/sh, n/l/r and f/h are told apart badly by speakers of many
/// regions and by recognition over the telephone.
const INITIALS: &[(&str, u32)] = &[
    ("zh", 1),
    ("ch", 2),
    ("sh", 3),
    ("z", 1),
    ("c", 2),
    ("s", 3),
    ("n", 4),
    ("l", 4),
    ("r", 4),
    ("f", 5),
    ("h", 5),
    ("b", 6),
    ("p", 7),
    ("m", 8),
    ("d", 9),
    ("t", 10),
    ("g", 11),
    ("k", 12),
    ("j", 13),
    ("q", 14),
    ("x", 15),
];

/// Finals as pinyin writes them after an initial, with the number of their class: an/ang, en/eng, in/ing.
const FINALS: &[(&str, u32)] = &[
    ("a", 1),
    ("o", 2),
    ("uo", 2),
    ("e", 3),
    ("ai", 4),
    ("ei", 5),
    ("ao", 6),
    ("ou", 7),
    ("an", 8),
    ("ang", 8),
    ("en", 9),
    ("eng", 9),
    ("er", 10),
    ("i", 11),
    ("ia", 12),
    ("ie", 13),
    ("iao", 14),
    ("iu", 15),
    ("ian", 16),
    ("iang", 16),
    ("in", 17),
    ("ing", 17),
    ("iong", 18),
    ("u", 19),
    ("ua", 20),
    ("uai", 21),
    ("ui", 22),
    ("uan", 23),
    ("uang", 23),
    ("un", 24),
    ("ueng", 25),
    ("ong", 25),
    ("v", 26),
    ("ve", 27),
    ("van", 28),
    ("vn", 29),
];

impl Syllable {
    /// Whether there is one.
    pub(super) fn is_some(self) -> bool {
        self.0 != 0
    }

    /// Number of its class of near sounds; syllables of one class are the same or near.
    pub(super) fn class(self) -> u16 {
        ((self.0 >> 8 & 0xf) << 5 | self.0 & 0x1f) as u16
    }

    /// How unlike two syllables are: 0 the same, up to 0.3 within a class, from 0.6 outside, 1 nothing in common.
    pub(super) fn distance(self, other: Syllable) -> f32 {
        if self == other {
            return 0.0;
        }
        let (initial, final_) = ((self.0 ^ other.0) & 0xff00_0000 == 0, (self.0 ^ other.0) & 0x00ff_0000 == 0);
        if self.class() == other.class() {
            return if initial || final_ { 0.15 } else { 0.25 };
        }
        let near_initial = (self.0 ^ other.0) & 0xff00 == 0;
        let near_final = (self.0 ^ other.0) & 0x00ff == 0;
        if (near_initial && self.0 & 0xff00 != 0) || near_final { 0.7 } else { 1.0 }
    }

    /// Reads pinyin without tone marks, such as `zhuang`.
    pub(super) fn parse(pinyin: &str) -> Option<Self> {
        let plain = pinyin.replace('ü', "v");
        let (initial, rest) = match INITIALS.iter().position(|(initial, _)| plain.starts_with(initial)) {
            Some(index) => (index + 1, plain[INITIALS[index].0.len()..].to_owned()),
            None => (0, plain.clone()),
        };
        // After j, q, x a u is a ü; y and w only mark a syllable that begins with i, u or ü.
        let rest = match rest.as_str() {
            "yu" => "v".into(),
            "yue" => "ve".into(),
            "yuan" => "van".into(),
            "yun" => "vn".into(),
            "you" => "iu".into(),
            "yi" => "i".into(),
            "yin" => "in".into(),
            "ying" => "ing".into(),
            "yong" => "iong".into(),
            "wu" => "u".into(),
            "wei" => "ui".into(),
            "wen" => "un".into(),
            "weng" => "ueng".into(),
            "lve" | "nve" | "ue" => "ve".into(),
            other if matches!(plain.as_bytes()[0], b'j' | b'q' | b'x') && other.starts_with('u') => {
                format!("v{}", &other[1..])
            }
            other if other.starts_with('y') => format!("i{}", &other[1..]).replace("ii", "i"),
            other if other.starts_with('w') => format!("u{}", &other[1..]).replace("uu", "u"),
            other => other.to_owned(),
        };
        let rest = if rest == "ie" || FINALS.iter().any(|(name, _)| *name == rest) { rest } else { return None };
        let index = FINALS.iter().position(|(name, _)| *name == rest)?;
        let class = initial.checked_sub(1).map_or(0, |initial| INITIALS[initial].1) << 8 | FINALS[index].1;
        Some(Self((initial as u32) << 24 | (index as u32 + 1) << 16 | class))
    }
}

/// Characters that are usually read in more than one way in talk, with the further readings. The pinyin table lists
/// many more, but most of them have not been heard for centuries, and each makes chance matches likelier.
const POLYPHONES: &[(char, &[&str])] = &[
    ('行', &["xing", "hang"]),
    ('重', &["zhong", "chong"]),
    ('长', &["chang", "zhang"]),
    ('还', &["hai", "huan"]),
    ('都', &["dou", "du"]),
    ('乐', &["le", "yue"]),
    ('了', &["le", "liao"]),
    ('得', &["de", "dei"]),
    ('地', &["de", "di"]),
    ('的', &["de", "di"]),
    ('着', &["zhe", "zhao"]),
    ('觉', &["jue", "jiao"]),
    ('调', &["tiao", "diao"]),
    ('会', &["hui", "kuai"]),
    ('率', &["lv", "shuai"]),
    ('单', &["dan"]),
    ('弹', &["tan", "dan"]),
    ('便', &["bian", "pian"]),
    ('传', &["chuan", "zhuan"]),
    ('降', &["jiang", "xiang"]),
    ('角', &["jiao", "jue"]),
    ('没', &["mei", "mo"]),
    ('省', &["sheng", "xing"]),
    ('似', &["si", "shi"]),
    ('提', &["ti"]),
    ('系', &["xi", "ji"]),
    ('曾', &["ceng", "zeng"]),
    ('朝', &["chao", "zhao"]),
    ('藏', &["cang", "zang"]),
    ('给', &["gei", "ji"]),
    ('车', &["che"]),
    ('称', &["cheng", "chen"]),
    ('什', &["shen", "shi"]),
    ('么', &["me"]),
    ('差', &["cha", "chai"]),
    ('说', &["shuo"]),
    ('谁', &["shei", "shui"]),
    ('那', &["na", "nei"]),
    ('这', &["zhe", "zhei"]),
    ('哪', &["na", "nei"]),
    ('和', &["he", "huo"]),
    ('大', &["da", "dai"]),
    ('落', &["luo", "la"]),
    ('薄', &["bao", "bo"]),
    ('血', &["xue", "xie"]),
    ('熟', &["shu", "shou"]),
    ('约', &["yue"]),
    ('吗', &["ma"]),
    ('嗯', &["en"]),
    ('能', &["neng"]),
    ('石', &["shi"]),
    ('万', &["wan"]),
    ('期', &["qi"]),
];

/// The syllables that `character` is read as, the usual one first; none for other characters.
pub(super) fn readings(character: char) -> [Syllable; READINGS] {
    let mut readings = [Syllable::default(); READINGS];
    if let Some((_, several)) = POLYPHONES.iter().find(|(polyphone, _)| *polyphone == character) {
        for (reading, pinyin) in readings.iter_mut().zip(*several) {
            *reading = Syllable::parse(pinyin).unwrap_or_default();
        }
    } else if let Some(reading) = character.to_pinyin() {
        readings[0] = Syllable::parse(reading.plain()).unwrap_or_default();
    }
    readings
}

/// The pinyin of a text that is one Chinese character, without its tone.
pub(super) fn letters(text: &str) -> Option<&'static str> {
    let mut characters = text.chars();
    let first = characters.next().filter(|_| characters.next().is_none())?;
    first.to_pinyin().map(|pinyin| pinyin.plain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: char, b: char) -> f32 {
        let (a, b) = (readings(a), readings(b));
        let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
        pairs.filter(|(a, b)| a.is_some() && b.is_some()).map(|(a, b)| a.distance(*b)).fold(9.0, f32::min)
    }

    #[test]
    fn every_usual_character_has_a_syllable() {
        let usual = ('\u{4e00}'..'\u{9fa5}').filter(|character| character.to_pinyin().is_some());
        let odd: Vec<char> = usual.filter(|character| !readings(*character)[0].is_some()).collect();
        assert!(odd.len() < 40, "{odd:?}");
        for character in "女绿略月远云有要一五为问翁学许全军而二哦嗯".chars() {
            assert!(readings(character)[0].is_some() || character == '嗯', "{character}");
        }
    }

    #[test]
    fn near_sounds_are_near() {
        for (a, b) in [('致', '制'), ('服', '复'), ('行', '航'), ('女', '女')] {
            assert_eq!(distance(a, b), 0.0, "{a}{b}");
        }
        for (a, b) in [('是', '四'), ('您', '凌'), ('夫', '呼'), ('热', '乐'), ('山', '商'), ('金', '经'), ('真', '争')]
        {
            assert!((0.1..0.3).contains(&distance(a, b)), "{a}{b} {}", distance(a, b));
        }
        for (a, b) in [('请', '不'), ('电', '话'), ('你', '好'), ('一', '五')] {
            assert_eq!(distance(a, b), 1.0, "{a}{b}");
        }
    }
}
