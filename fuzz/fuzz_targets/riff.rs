//! The front of RIFF files: a file is put together from chunks whose sizes may lie, so that most inputs get past the
//! first mark.
#![no_main]

mod sound;

use libfuzzer_sys::fuzz_target;

const MARKS: [&[u8; 4]; 8] = [b"fmt ", b"data", b"ds64", b"fact", b"LIST", b"JUNK", b"bext", b"id3 "];
/// Tags of encodings that have a reader of their own here.
const TAGS: [u16; 12] = [1, 2, 3, 6, 7, 0x11, 0x31, 0x50, 0x55, 0x65, 0xFF, 0xFFFE];

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.iter().copied();
    let Some(form) = bytes.next() else { return };
    let mut file = match form % 4 {
        0 => b"RF64\xFF\xFF\xFF\xFFWAVE".to_vec(),
        1 => b"BW64\xFF\xFF\xFF\xFFWAVE".to_vec(),
        _ => b"RIFF\0\0\0\0WAVE".to_vec(),
    };
    while let Some(kind) = bytes.next() {
        let (length, lie) = (usize::from(bytes.next().unwrap_or(16)), bytes.next().unwrap_or(0));
        let mut body: Vec<u8> = bytes.by_ref().take(length).collect();
        if kind % 8 == 0 && kind & 0x80 == 0 && body.len() >= 2 {
            let tag = TAGS[usize::from(body[0]) % TAGS.len()];
            body[..2].copy_from_slice(&tag.to_le_bytes());
        }
        let size = match lie {
            0..=199 => body.len() as u32,
            200..=219 => u32::MAX,
            220..=239 => 0,
            more => (body.len() as u32).wrapping_add(u32::from(more)).wrapping_sub(248),
        };
        file.extend(MARKS[usize::from(kind) % 8]);
        file.extend(size.to_le_bytes());
        file.extend(body);
    }
    let length = (file.len() as u32).wrapping_sub(8);
    if form & 4 == 0 {
        file[4..8].copy_from_slice(&length.to_le_bytes());
    }
    sound::decode("c.wav", &file);
});
