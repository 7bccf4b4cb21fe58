//! Options of every command that hears recordings, and what they come to.

use super::gpu::GpuChoice;
use super::worker::{ModelChoice, WorkerSettings};
use super::{Exit, Failure, model, printable};
use crate::asr::AsrSettings;
use crate::audio::RawLayout;
use crate::call::{Metadata, is_language};
use crate::pipeline;
use crate::store::HeardKey;
use crate::text::Characters;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Options of hearing.
#[derive(Debug, Clone, clap::Args)]
pub struct ListeningArgs {
    /// Speech model: a name (see `callgrade model list`) or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "base", env = "CALLGRADE_MODEL")]
    model: String,
    #[command(flatten)]
    folders: model::FolderArgs,
    /// Language of the calls, such as `en` or `zh`; a `language` column in CALLS.csv goes before it
    #[arg(long, value_name = "auto|CODE", default_value = "auto", env = "CALLGRADE_LANGUAGE")]
    language: String,
    /// Names and words that may well be said, such as products; those of CALLS.csv (company, agent, customer) are added
    #[arg(long, value_name = "WORD,...", value_delimiter = ',', env = "CALLGRADE_TERMS")]
    terms: Vec<String>,
    /// Recordings heard at the same time [default: one for each processor]
    #[arg(long, short, value_name = "N", env = "CALLGRADE_JOBS", value_parser = at_least_one)]
    jobs: Option<NonZeroUsize>,
    /// How recordings without a header are written, as in `mulaw:8000:1`
    #[arg(long, value_name = "ENCODING:RATE:CHANNELS")]
    raw: Option<String>,
    /// Who decodes what this program cannot: nobody else, an installed ffmpeg, or the ffmpeg at a path
    #[arg(long, value_name = "builtin|auto|PATH", default_value = "builtin")]
    decoder: String,
    /// Leave telephone and identity numbers readable; card numbers and codes are always masked
    #[arg(long)]
    keep_numbers: bool,
    /// Chinese characters of Mandarin transcripts
    #[arg(long, value_enum, default_value_t, env = "CALLGRADE_CHARACTERS")]
    characters: CharacterChoice,
    /// Graphics card: use one where there is one, never, or fail without a build for one
    #[arg(long, value_enum, default_value_t, env = "CALLGRADE_GPU")]
    gpu: GpuChoice,
    /// Most memory of the worker in MiB; a recording that needs more fails alone
    #[arg(long, value_name = "MIB")]
    max_memory: Option<u64>,
}

/// Chinese characters to write in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum CharacterChoice {
    /// Those of the mainland and of Singapore.
    #[default]
    Simplified,
    /// Those of Taiwan and Hong Kong.
    Traditional,
    /// As recognition gives them, which mixes both.
    Heard,
}

impl From<CharacterChoice> for Characters {
    fn from(choice: CharacterChoice) -> Self {
        match choice {
            CharacterChoice::Simplified => Characters::Simplified,
            CharacterChoice::Traditional => Characters::Traditional,
            CharacterChoice::Heard => Characters::Heard,
        }
    }
}

/// A number of things of which there must be one.
pub(super) fn at_least_one(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "expected a whole number from 1 on")
}

/// What the options come to.
#[derive(Debug, Clone)]
pub struct Listening {
    /// For the worker.
    pub worker: WorkerSettings,
    /// What is known of the words of all calls.
    pub hearing: AsrSettings,
}

/// The model name that plays back scripts.
const SCRIPTED: &str = "scripted";

impl ListeningArgs {
    /// Checks the options; the model's file is found, but not read yet.
    ///
    /// # Errors
    /// [`Exit::Usage`] for options that make no sense, [`Exit::Model`] where the model is missing.
    pub fn resolve(&self) -> anyhow::Result<Listening> {
        let language = match self.language.to_ascii_lowercase().as_str() {
            "auto" | "" => None,
            code if is_language(code) => Some(code.to_owned()),
            other => {
                let message = format!("`{}` is no code of a language that can be recognised", printable(other));
                return Err(Failure::new(Exit::Usage, message)
                    .help("write it as in ISO 639, such as `en` or `zh`, or `auto`")
                    .into());
            }
        };
        if let Some(raw) = &self.raw {
            raw.parse::<RawLayout>().map_err(|error| Failure::new(Exit::Usage, format!("failed to {error}")))?;
        }
        let ffmpeg = match self.decoder.as_str() {
            "builtin" => None,
            "auto" => find_program("ffmpeg"),
            path if Path::new(path).is_file() => Some(PathBuf::from(path)),
            path => {
                let message = format!("there is no program {} to decode with", printable(path));
                return Err(Failure::new(Exit::Usage, message).help("`builtin`, `auto`, or the path of ffmpeg").into());
            }
        };
        let model = match self.model.as_str() {
            SCRIPTED => None,
            name => {
                let file = self.folders.folders().locate(name).map_err(|error| model::failure(&error))?;
                Some(ModelChoice { name: file.name, path: file.path, sha256: file.sha256 })
            }
        };
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let worker = WorkerSettings {
            model,
            jobs: self.jobs.map_or(processors, NonZeroUsize::get),
            raw: self.raw.clone(),
            ffmpeg,
            keep_numbers: self.keep_numbers,
            characters: self.characters.into(),
            gpu: self.gpu.resolve()?,
            memory: self.max_memory.map(|mebibytes| mebibytes.saturating_mul(1 << 20)),
        };
        Ok(Listening { worker, hearing: AsrSettings { language, terms: self.terms.clone() } })
    }
}

impl Listening {
    /// The key of what is heard in a call: everything but its bytes that can change a word.
    pub fn key(&self, metadata: &Metadata) -> HeardKey {
        let (name, sha256) =
            self.worker.model.as_ref().map_or((SCRIPTED, SCRIPTED), |model| (model.name.as_str(), &model.sha256));
        let settings = self.hearing.of_call(metadata);
        let language = settings.language.as_deref().unwrap_or("auto");
        let mut hasher = blake3::Hasher::new();
        hasher.update(&pipeline::VERSION.to_le_bytes());
        if self.worker.model.is_some() {
            hasher.update(self.worker.engine_options().settings_hash(&settings).as_bytes());
        }
        hasher.update(format!("{:?}", self.worker.characters).as_bytes());
        for part in [name, language, self.worker.raw.as_deref().unwrap_or_default()] {
            hasher.update(part.as_bytes()).update(&[0]);
        }
        hasher.update(&[u8::from(self.worker.keep_numbers), u8::from(self.worker.ffmpeg.is_some())]);
        HeardKey { model_sha256: sha256.to_owned(), settings_hash: hasher.finalize().to_hex().to_string() }
    }
}

/// The program called `name` in the folders of PATH.
fn find_program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}
