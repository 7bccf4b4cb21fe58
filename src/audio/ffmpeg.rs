//! An installed ffmpeg as a decoder of last resort, asked for by the user.
//!
//! Takes a path and a program; gives its sound through a pipe, as an AU stream with 16-bit samples. The program reads
//! this one file and nothing else, and is ended with the pass. Must not be started for content that was not recognised
//! as a recording: playlists and scripts are for nobody to follow.

use super::riff::Encoding;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running ffmpeg.
pub(super) struct Ffmpeg {
    child: Child,
    output: ChildStdout,
    /// Samples a second, Hz.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
}

/// The filter that puts silence where a stretch of the recording gives no sound. Recorders of telephones store next to
/// nothing while nobody speaks (AMR with discontinuous transmission), and without it all of that is left out: what
/// comes after would be minutes early.
pub(super) const KEEP_TIMES: &str = "aresample=async=1:first_pts=0";

/// How the samples come through the pipe.
pub(super) const ENCODING: Encoding = Encoding::Signed16 { big: true };

impl Ffmpeg {
    /// Starts `program` on the recording at `path` and reads the header of what it sends.
    ///
    /// # Errors
    /// The program can't be started, or gives no sound.
    pub fn start(program: &Path, path: &Path) -> io::Result<Self> {
        // The name of a protocol in front keeps ffmpeg from reading one into the file's name.
        let mut input = OsString::from("file:");
        input.push(path);
        let mut child = Command::new(program)
            .args(["-nostdin", "-hide_banner", "-loglevel", "quiet", "-protocol_whitelist", "file,pipe", "-i"])
            .arg(input)
            .args(["-map", "0:a:0", "-map_metadata", "-1", "-threads", "1", "-af", KEEP_TIMES])
            .args(["-c:a", "pcm_s16be", "-f", "au", "pipe:1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let Some(output) = child.stdout.take() else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let mut ffmpeg = Self { child, output, sample_rate: 0, channels: 0 };
        let mut header = [0; 24];
        ffmpeg.output.read_exact(&mut header)?;
        let word = |index: usize| u32::from_be_bytes([0, 1, 2, 3].map(|byte| header[index * 4 + byte]));
        if &header[..4] != b".snd" || !(24..4096).contains(&word(1)) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        io::copy(&mut ffmpeg.output.by_ref().take(u64::from(word(1)) - 24), &mut io::sink())?;
        ffmpeg.sample_rate = word(4);
        ffmpeg.channels = u16::try_from(word(5)).unwrap_or(u16::MAX);
        Ok(ffmpeg)
    }

    /// Whether the program ended well, after its output has ended.
    pub fn succeeded(&mut self) -> bool {
        self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Read for Ffmpeg {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.output.read(buffer)
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        // It may have ended by itself; either way it must be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_that_was_never_stored_takes_its_time() {
        // AMR, 20 ms a frame: a second of speech, two of which nothing was stored, a second of speech.
        let speech = || std::iter::repeat_n([0x04].into_iter().chain([0x5A; 12]), 50).flatten();
        let file: Vec<u8> = b"#!AMR\n".iter().copied().chain(speech()).chain([0x7C; 100]).chain(speech()).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quiet.amr");
        std::fs::write(&path, file).unwrap();
        let Ok(mut ffmpeg) = Ffmpeg::start(Path::new("ffmpeg"), &path) else {
            eprintln!("skipped: no ffmpeg that reads AMR is installed");
            return;
        };
        let mut sound = Vec::new();
        ffmpeg.read_to_end(&mut sound).unwrap();
        let seconds = sound.len() as f64 / 2.0 / f64::from(ffmpeg.sample_rate);
        assert!((3.8..4.2).contains(&seconds), "{seconds} s");
    }
}
