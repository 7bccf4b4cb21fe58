//! Any text as the turns of a call, a line each, two speakers in turn: masks are sorted, apart and whole characters,
//! and what they leave holds nothing that is masked when it is looked at again.
#![no_main]

use callgrade::call::{Transcript, Turn, Word, redact};
use callgrade::text::{self, SpokenTurn};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: String| {
    let lines: Vec<&str> = text.lines().take(64).collect();
    let turns: Vec<SpokenTurn<'_>> =
        lines.iter().enumerate().map(|(index, text)| SpokenTurn { speaker: index % 2, text }).collect();
    let masks = text::redact(&turns);
    for mask in &masks {
        assert!(lines[mask.turn].get(mask.bytes.clone()).is_some_and(|text| !text.is_empty()), "{mask:?}");
    }
    assert!(masks.windows(2).all(|two| (two[0].turn, two[0].bytes.end) <= (two[1].turn, two[1].bytes.start)));
    let mut transcript = Transcript::default();
    for (channel, line) in lines.iter().enumerate() {
        let words: Vec<Word> =
            line.split_inclusive(' ').map(|word| Word { text: word.to_owned(), ..Word::default() }).collect();
        transcript.turns.push(Turn { channel: channel % 2, text: (*line).to_owned(), words, ..Turn::default() });
    }
    redact(&mut transcript, false);
    for (turn, line) in transcript.turns.iter().zip(&lines) {
        let joined: String = turn.words.iter().map(|word| word.text.as_str()).collect();
        assert!(turn.words.is_empty() || joined == turn.text, "{line:?} became {joined:?} and {:?}", turn.text);
    }
    for mask in &masks {
        // No masked number stands in its turn any more, unless it stood there twice for two reasons.
        let number = &lines[mask.turn][mask.bytes.clone()];
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        assert!(digits < 12 || !transcript.turns[mask.turn].text.contains(number), "{number:?} is still there");
    }
});
