//! The worker process: the same program, started again with a hidden command.

use super::crew::{Crew, Dead, News};
use super::message::{Event, Order, Task, WireError, read_line, write_line};
use std::io::{self, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a worker may take to end by itself when it has nothing left to do.
const FAREWELL: Duration = Duration::from_secs(2);

/// What glibc's allocator is told: to give every large block back when it is freed. Left alone, it raises that size with the
/// blocks that it sees, and a long call leaves its memory full of holes between words (16 MiB after 40 minutes).
const ALLOCATOR: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=131072");

/// A worker process and the pipes to it.
#[derive(Debug)]
pub struct ProcessCrew {
    child: Child,
    orders: Option<ChildStdin>,
    events: Receiver<Event>,
}

impl ProcessCrew {
    /// Starts `program` with `arguments` and hands it its settings. Its standard error is closed: native libraries
    /// write there, and some of them would print what they hear.
    ///
    /// # Errors
    /// Where the process cannot be started.
    pub fn start(program: &Path, arguments: &[&str], settings: serde_json::Value) -> io::Result<Self> {
        let mut command = Command::new(program);
        let (name, value) = ALLOCATOR;
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
        let mut child =
            command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut orders = child.stdin.take();
        let (sender, events) = channel();
        if let Some(output) = child.stdout.take() {
            std::thread::Builder::new().name("worker-events".to_owned()).spawn(move || {
                let mut output = BufReader::new(output);
                // A line that is no message means that the worker is not to be trusted any more: it is left, and
                // the closed channel counts as its death.
                while let Ok(Some(event)) = read_line(&mut output) {
                    if sender.send(event).is_err() {
                        break;
                    }
                }
            })?;
        }
        let told = orders.as_mut().map_or(Ok(()), |pipe| write_line(pipe, &Order::Settings(settings)));
        let mut crew = Self { child, orders, events };
        if let Err(WireError::Io(error)) = told
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            crew.bury();
            return Err(error);
        }
        // A worker that died already is noticed at the first wait.
        Ok(crew)
    }

    /// Id of the process, for messages.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn bury(&mut self) -> String {
        self.orders = None;
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => describe(status),
            Err(error) => error.to_string(),
        }
    }
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(4)) => "signal 4, illegal instruction".to_owned(),
        (None, Some(6)) => "signal 6, aborted".to_owned(),
        (None, Some(9)) => "signal 9, killed".to_owned(),
        (None, Some(11)) => "signal 11, invalid memory access".to_owned(),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown cause".to_owned(),
    }
}

impl Crew for ProcessCrew {
    fn give(&mut self, task: Task) -> Result<(), Dead> {
        let orders = self.orders.as_mut().ok_or(Dead)?;
        write_line(orders, &Order::Hear(task)).map_err(|_| {
            // A worker that cannot be told what to do would be waited for in vain.
            let _ = self.child.kill();
            Dead
        })
    }

    fn wait(&mut self, time: Duration) -> News {
        match self.events.recv_timeout(time) {
            Ok(event) => News::Event(event),
            Err(RecvTimeoutError::Timeout) => News::Quiet,
            Err(RecvTimeoutError::Disconnected) => {
                // The pipe closes a moment before the process is gone; its own end says more than being killed.
                let patience = Instant::now() + Duration::from_millis(500);
                while Instant::now() < patience {
                    if let Ok(Some(status)) = self.child.try_wait() {
                        self.orders = None;
                        return News::Died(describe(status));
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                News::Died(self.bury())
            }
        }
    }

    fn kill(&mut self) {
        self.bury();
    }

    fn finish(&mut self) {
        if let Some(mut orders) = self.orders.take() {
            let _ = write_line(&mut orders, &Order::Finish);
        }
        let patience = Instant::now() + FAREWELL;
        while Instant::now() < patience {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.bury();
    }
}

impl Drop for ProcessCrew {
    fn drop(&mut self) {
        self.bury();
    }
}
