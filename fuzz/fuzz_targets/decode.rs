//! Any bytes as a recording; the first one chooses the name, because some encodings are known by it alone.
#![no_main]

mod sound;

use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 8] = ["c.wav", "c.mp3", "c.ulaw", "c.g722", "c.gsm", "c.m4a", "c.ogg", "c"];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    sound::decode(NAMES[usize::from(*first) % NAMES.len()], bytes);
});
