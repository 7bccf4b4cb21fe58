//! E-mail addresses, written or spelt out: "john dot smith at gmail dot com", 小王艾特qq点com.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

const TOP: &str = "com|net|org|cn|co|edu|gov|io|uk|de|info|biz|me|us|ca|au|hk|tw|sg|jp";

/// Where `text` holds addresses, in order.
pub(super) fn addresses(text: &str) -> Vec<Range<usize>> {
    static WRITTEN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[A-Za-z0-9._%+\-]+\s?[@＠]\s?[A-Za-z0-9\-]+(?:\s?\.\s?[A-Za-z]{2,})+").ok());
    static SPOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let local = r"(?:[A-Za-z0-9]+|[零一二三四五六七八九幺两]{3,})";
        let link = r"(?:\s*(?:\.|-|_|点|杠|下划线)\s*|\s+(?:dot|point|underscore|dash|hyphen)\s+)";
        let spelt = r"(?:\b[A-Za-z0-9]\b[\s,-]+)*";
        let at = r"(?:\s*(?:@|艾特|圈\s?[aA])\s*|\s+at\s+)";
        let dot = r"(?:\s*\.\s*|\s*点儿?\s*|\s+(?:dot|point)\s+)";
        Regex::new(&format!(
            r"(?i)(?:{local}{link}){{0,4}}{spelt}{local}(?:\s\d+)?{at}(?:[A-Za-z0-9]+(?:[\s-][A-Za-z0-9]+)?){dot}(?:{TOP})\b(?:{dot}(?:cn|uk|au|hk)\b)?"
        ))
        .ok()
    });
    let mut found: Vec<Range<usize>> = Vec::new();
    for pattern in [&*WRITTEN, &*SPOKEN].into_iter().flatten() {
        found.extend(pattern.find_iter(text).map(|found| found.range()));
    }
    found
}
