//! Download of a model by name: resumed where it broke off, checked against the published size and hash, and only
//! then given its name.

use super::{Folders, ModelError, ModelFile, folder, hash, registry};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

/// How a download is done.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// Another server: the address of the folder that holds the `ggml-NAME.bin` files.
    pub source: Option<String>,
    /// How long to wait for a connection, and for the next bytes of one.
    pub patience: Duration,
}

impl Default for PullOptions {
    fn default() -> Self {
        Self { source: None, patience: Duration::from_secs(20) }
    }
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are here, those of an earlier try included.
    pub done: u64,
    /// Bytes of the whole file.
    pub total: u64,
}

/// How often a connection that broke off after giving bytes is taken up again.
const TAKEN_UP_AGAIN: usize = 4;

/// Downloads the model called `name` into the first of `folders`; one that is there and whole is left as it is.
///
/// # Errors
/// [`ModelError::Unknown`] for a name that is not in the registry, [`ModelError::Network`] when no source answers (the
/// part that came is kept for the next try), [`ModelError::WrongSize`] and [`ModelError::WrongHash`] when the file is
/// not the published one, [`ModelError::Unwritable`], [`ModelError::Busy`].
pub fn pull(
    name: &str,
    folders: &Folders,
    options: &PullOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<ModelFile, ModelError> {
    let entry = registry::entry(name)?;
    if let Ok(model) = folders.locate(name)
        && model.verify().is_ok()
    {
        return Ok(model);
    }
    let urls = match &options.source {
        Some(base) => vec![format!("{}/{}", base.trim_end_matches('/'), entry.file_name())],
        None => entry.sources.clone(),
    };
    download(&entry, &urls, folders.target(), options.patience, progress)
}

fn download(
    entry: &registry::Entry,
    urls: &[String],
    target: &Path,
    patience: Duration,
    progress: &mut dyn FnMut(Progress),
) -> Result<ModelFile, ModelError> {
    fs::create_dir_all(target).map_err(|source| ModelError::Unwritable { path: target.to_owned(), source })?;
    let part = target.join(format!("{}.part", entry.file_name()));
    let unwritable = |source| ModelError::Unwritable { path: part.clone(), source };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part).map_err(unwritable)?;
    if file.try_lock().is_err() {
        return Err(ModelError::Busy { path: part });
    }
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(patience))
        .timeout_resolve(Some(patience))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience));
    let agent = config.build().new_agent();

    let mut failure = None;
    'sources: for url in urls {
        for _ in 0..=TAKEN_UP_AGAIN {
            let before = length(&mut file).map_err(unwritable)?;
            match fetch(&agent, url, entry.bytes, &mut file, &part, progress) {
                Ok(()) => {
                    failure = None;
                    break 'sources;
                }
                Err(error @ ModelError::Network { .. }) => {
                    failure = Some(error);
                    if length(&mut file).map_err(unwritable)? <= before {
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    if let Some(failure) = failure {
        if length(&mut file).is_ok_and(|length| length == 0) {
            // Nothing to resume. That it could not be deleted is no news beside the failure.
            let _ = fs::remove_file(&part);
        }
        return Err(failure);
    }
    file.sync_all().map_err(unwritable)?;

    let mut hasher = hash::Hasher::default();
    hash::add_file(&mut hasher, &part)?;
    let hashes = hasher.finish();
    if hashes.sha1 != entry.sha1 {
        // Resuming it would never help.
        fs::remove_file(&part).map_err(unwritable)?;
        return Err(ModelError::WrongHash {
            path: part,
            kind: "SHA-1",
            expected: entry.sha1.clone(),
            actual: hashes.sha1,
        });
    }
    folder::install(&part, target, &entry.name, hashes.sha256)
}

/// Brings `file` to `total` bytes from `url`, beginning after the bytes it has.
fn fetch(
    agent: &ureq::Agent,
    url: &str,
    total: u64,
    file: &mut File,
    part: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), ModelError> {
    let network = |reason: String| ModelError::Network { url: url.to_owned(), reason };
    let unwritable = |source| ModelError::Unwritable { path: part.to_owned(), source };
    let mut done = length(file).map_err(unwritable)?;
    if done > total {
        file.set_len(0).map_err(unwritable)?;
        done = 0;
    }
    progress(Progress { done, total });
    if done == total {
        return Ok(());
    }
    let mut request = agent.get(url);
    if done > 0 {
        request = request.header("Range", format!("bytes={done}-"));
    }
    let mut response = request.call().map_err(|error| network(error.to_string()))?;
    if done > 0 && response.status() != 206 {
        // The server gives the whole file, whatever was asked.
        file.set_len(0).map_err(unwritable)?;
        done = 0;
    }
    let announced = response.body().content_length();
    if let Some(coming) = announced.filter(|coming| done + coming != total) {
        return Err(ModelError::WrongSize { what: url.to_owned(), expected: total, actual: done + coming });
    }
    file.seek(SeekFrom::Start(done)).map_err(unwritable)?;
    let mut body = response.body_mut().as_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = body.read(&mut buffer).map_err(|error| network(error.to_string()))?;
        if count == 0 {
            break;
        }
        done += count as u64;
        if done > total {
            return Err(ModelError::WrongSize { what: url.to_owned(), expected: total, actual: done });
        }
        file.write_all(&buffer[..count]).map_err(unwritable)?;
        progress(Progress { done, total });
    }
    if done < total {
        return Err(network(format!("the connection ended after {done} of {total} bytes")));
    }
    Ok(())
}

fn length(file: &mut File) -> std::io::Result<u64> {
    file.seek(SeekFrom::End(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::sync::mpsc;
    use std::thread;

    /// How the test server answers one request.
    #[derive(Clone, Copy)]
    enum Answer {
        /// The range asked for, or everything.
        Serve,
        /// Everything, whatever range was asked for.
        IgnoreRange,
        /// Announces all, sends half, hangs up.
        HangUp,
        /// Sends to `/moved`.
        Redirect,
        /// No such file.
        NotFound,
    }

    /// A server that gives `answers` in turn, then stops; sends the request lines and ranges that it saw.
    fn server(body: Vec<u8>, answers: Vec<Answer>) -> (String, mpsc::Receiver<(String, Option<usize>)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (seen, requests) = mpsc::channel();
        thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
                let first = lines.next().unwrap();
                let range = lines
                    .take_while(|line| !line.is_empty())
                    .filter_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned))
                    .find_map(|range| range.trim_end_matches('-').parse::<usize>().ok());
                seen.send((first, range)).unwrap();
                let from = range.unwrap_or(0);
                let head = |status: &str, length: usize| {
                    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n")
                };
                let (head, bytes) = match answer {
                    Answer::Serve if from > 0 => {
                        let range = format!("Content-Range: bytes {from}-{}/{}\r\n", body.len() - 1, body.len());
                        (head("206 Partial Content", body.len() - from) + &range, &body[from..])
                    }
                    Answer::Serve | Answer::IgnoreRange => (head("200 OK", body.len()), &body[..]),
                    Answer::HangUp => (head("200 OK", body.len() - from), &body[from..from + (body.len() - from) / 2]),
                    Answer::Redirect => (head("302 Found", 0) + "Location: /moved\r\n", &body[..0]),
                    Answer::NotFound => (head("404 Not Found", 0), &body[..0]),
                };
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(b"\r\n").unwrap();
                stream.write_all(bytes).unwrap();
            }
        });
        (address, requests)
    }

    fn body() -> Vec<u8> {
        (0..300_000u32).map(|index| (index * 7919 % 251) as u8).collect()
    }

    fn entry_of(body: &[u8]) -> registry::Entry {
        let mut hasher = hash::Hasher::default();
        hasher.update(body);
        let mut entry = registry::entry("tiny").unwrap();
        entry.bytes = body.len() as u64;
        entry.sha1 = hasher.finish().sha1;
        entry
    }

    fn get(entry: &registry::Entry, url: &str, folder: &Path) -> Result<ModelFile, ModelError> {
        download(entry, &[format!("{url}/ggml-tiny.bin")], folder, Duration::from_secs(5), &mut |_| ())
    }

    #[test]
    fn what_broke_off_is_resumed_where_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        let half = body().len() / 2;
        fs::write(folder.path().join("ggml-tiny.bin.part"), &body()[..half]).unwrap();
        let (url, requests) = server(body(), vec![Answer::Serve]);
        let model = get(&entry_of(&body()), &url, folder.path()).unwrap();
        assert_eq!(requests.recv().unwrap().1, Some(half));
        assert_eq!(model.read().unwrap(), body());
        assert!(!folder.path().join("ggml-tiny.bin.part").exists());
        let record = fs::read_to_string(folder.path().join("ggml-tiny.bin.sha256")).unwrap();
        assert_eq!(record, format!("{}  ggml-tiny.bin\n", model.sha256));
    }

    #[test]
    fn a_connection_that_breaks_off_is_taken_up_again() {
        let folder = tempfile::tempdir().unwrap();
        let (url, requests) = server(body(), vec![Answer::HangUp, Answer::Serve]);
        assert_eq!(get(&entry_of(&body()), &url, folder.path()).unwrap().read().unwrap(), body());
        let ranges: Vec<_> = requests.iter().map(|(_, range)| range).collect();
        assert_eq!(ranges, [None, Some(body().len() / 2)]);
    }

    #[test]
    fn a_server_without_ranges_gives_the_whole_file_again() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ggml-tiny.bin.part"), b"something else").unwrap();
        let (url, _requests) = server(body(), vec![Answer::IgnoreRange]);
        assert_eq!(get(&entry_of(&body()), &url, folder.path()).unwrap().read().unwrap(), body());
    }

    #[test]
    fn a_redirect_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (url, requests) = server(body(), vec![Answer::Redirect, Answer::Serve]);
        assert_eq!(get(&entry_of(&body()), &url, folder.path()).unwrap().read().unwrap(), body());
        assert!(requests.iter().last().unwrap().0.starts_with("GET /moved "));
    }

    #[test]
    fn other_bytes_of_the_right_length_are_refused_and_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut other = body();
        other[1000] ^= 1;
        let (url, _requests) = server(other, vec![Answer::Serve]);
        let error = get(&entry_of(&body()), &url, folder.path()).unwrap_err();
        assert!(matches!(error, ModelError::WrongHash { kind: "SHA-1", .. }), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_of_another_length_is_refused_before_it_is_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let (url, _requests) = server(body()[..1000].to_vec(), vec![Answer::Serve]);
        let error = get(&entry_of(&body()), &url, folder.path()).unwrap_err();
        assert!(matches!(error, ModelError::WrongSize { actual: 1000, .. }), "{error}");
    }

    #[test]
    fn a_server_that_always_hangs_up_or_has_nothing_is_one_clear_error() {
        let folder = tempfile::tempdir().unwrap();
        let (url, _requests) = server(body(), vec![Answer::NotFound]);
        let error = get(&entry_of(&body()), &url, folder.path()).unwrap_err();
        assert!(matches!(&error, ModelError::Network { reason, .. } if reason.contains("404")), "{error}");
        // Nobody listens here any more.
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = get(&entry_of(&body()), &format!("http://{closed}"), folder.path()).unwrap_err();
        assert!(matches!(error, ModelError::Network { .. }) && !error.to_string().contains('\n'), "{error}");
        assert!(error.help().is_some());
    }
}
