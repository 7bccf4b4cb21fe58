//! What holds for every file, shared by the targets that decode.

use callgrade::audio::{AudioFile, Hints, Limits, RATE};
use callgrade::call::{Ms, StatusKind};
use std::path::Path;
use std::sync::Once;

static QUIET: Once = Once::new();

/// Decodes `bytes` as the file `name`: it ends with one status, and what comes out is sound of the stated shape.
pub fn decode(name: &str, bytes: &[u8]) {
    // Panics of decoders are caught, file by file and packet by packet; only one that gets out of here is a finding.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|panic| eprintln!("{panic}"))));
    let folder = Path::new("/dev/shm").is_dir().then_some("/dev/shm").unwrap_or("/tmp");
    let Ok(folder) = tempfile::tempdir_in(folder) else { return };
    let path = folder.path().join(name);
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    // Small files may hold hours of silence; that they end is what matters here, not how long that takes.
    let limits = Limits { duration: Ms(120_000), ..Limits::default() };
    let file = match AudioFile::open_with(&path, &limits, &Hints::default()) {
        Ok(file) => file,
        Err(error) => {
            assert_eq!(error.status().kind(), StatusKind::Failed);
            assert!(!error.remedy().is_empty());
            return;
        }
    };
    let Ok(blocks) = file.blocks() else { return };
    let (mut expected, channels) = (0, file.channels());
    for block in blocks {
        let Ok(block) = block else { return };
        assert_eq!((block.start, block.channels.len()), (expected, channels));
        assert!(block.channels.iter().all(|channel| channel.len() == block.channels[0].len()));
        assert!(block.channels.iter().flatten().all(|sample| sample.is_finite()));
        assert!(block.channels[0].len() <= RATE as usize);
        expected += block.channels[0].len() as u64;
    }
    assert!(!file.info().content_hash.is_empty());
    assert!(matches!(file.status().kind(), StatusKind::Ok | StatusKind::Degraded));
}
