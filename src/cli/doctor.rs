//! `callgrade doctor`: what this machine offers, and how long a day of calls takes on it.

use super::gpu::{GpuChoice, kinds};
use super::listening::at_least_one;
use super::{Console, Exit, Failure, Paint, model, printable};
use crate::asr::whisper::{self, Engine, Gpu};
use crate::model::ModelError;
use serde::Serialize;
use std::io::Write as _;
use std::num::NonZeroUsize;

/// Show what this machine offers: processor, kernels, model, speed, and the time for a day of calls.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Speech model: a name (see `callgrade model list`) or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "base", env = "CALLGRADE_MODEL")]
    model: String,
    #[command(flatten)]
    folders: model::FolderArgs,
    /// Windows recognised at the same time [default: one for each processor]
    #[arg(long, short, value_name = "N", env = "CALLGRADE_JOBS", value_parser = at_least_one)]
    jobs: Option<NonZeroUsize>,
    /// Hours of calls in a day, for the estimate
    #[arg(long, value_name = "N", default_value_t = 100.0)]
    hours: f64,
    /// Graphics card: use one where there is one, never, or fail without a build for one
    #[arg(long, value_enum, default_value_t, env = "CALLGRADE_GPU")]
    gpu: GpuChoice,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Findings {
    version: &'static str,
    system: String,
    processors: usize,
    kernels: Vec<String>,
    gpu: Vec<&'static str>,
    ffmpeg: Option<String>,
    model: Option<ModelFinding>,
    jobs: usize,
    /// Seconds of speech recognised in a second, by all jobs together.
    speed: Option<f64>,
    hours_of_calls: f64,
    /// Time for them, in hours, where as much is said as the calls are long.
    hours_needed: Option<f64>,
}

#[derive(Debug, Serialize)]
struct ModelFinding {
    name: String,
    path: String,
    sha256: String,
}

/// Runs it.
///
/// # Errors
/// [`Exit::Model`] where the model is missing or damaged; the rest is shown first.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let gpu = args.gpu.resolve()?;
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = args.jobs.map_or(processors, NonZeroUsize::get);
    let mut findings = Findings {
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        processors,
        kernels: whisper::kernels(),
        gpu: kinds(),
        ffmpeg: installed_ffmpeg(),
        model: None,
        jobs,
        speed: None,
        hours_of_calls: args.hours,
        hours_needed: None,
    };
    let measured = measure(args, gpu, jobs);
    if let Ok((model, speed)) = &measured {
        findings.speed = Some(*speed);
        findings.hours_needed = Some(args.hours / speed.max(1e-9));
        findings.model = Some(ModelFinding {
            name: model.name.clone(),
            path: model.path.display().to_string(),
            sha256: model.sha256.clone(),
        });
    }
    let mut out = console.data();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &findings)?;
        writeln!(out)?;
    } else {
        print(&mut out, &findings, console)?;
    }
    out.flush()?;
    match measured {
        Ok(_) => Ok(Exit::Success),
        Err(failure) => Err(failure.into()),
    }
}

fn print(out: &mut impl std::io::Write, findings: &Findings, console: &Console) -> std::io::Result<()> {
    let mut line = |name: &str, value: &str| {
        writeln!(out, "{} {value}", Paint::Strong.apply(&format!("{name:<12}"), console.color))
    };
    line("callgrade", findings.version)?;
    line("system", &findings.system)?;
    line("processors", &findings.processors.to_string())?;
    line("kernels", &findings.kernels.join(" "))?;
    let gpu = if findings.gpu.is_empty() { "not in this build".to_owned() } else { findings.gpu.join(" ") };
    line("graphics", &gpu)?;
    line("ffmpeg", findings.ffmpeg.as_deref().unwrap_or("not installed (needed for a few rare encodings only)"))?;
    match &findings.model {
        Some(model) => {
            line("model", &format!("{}, hash verified: {}", printable(&model.name), printable(&model.path)))?;
        }
        None => line("model", "none that can be used")?,
    }
    if let (Some(speed), Some(needed)) = (findings.speed, findings.hours_needed) {
        line(
            "speed",
            &format!("{speed:.1}x real time with {} jobs (on as much speech as the call is long)", findings.jobs),
        )?;
        line("a day", &format!("{} hours of calls take about {}", findings.hours_of_calls, spoken_hours(needed)))?;
    }
    Ok(())
}

/// `hours` as a person says it.
fn spoken_hours(hours: f64) -> String {
    let minutes = (hours * 60.0).ceil();
    if minutes < 120.0 { format!("{minutes} minutes") } else { format!("{hours:.1} hours") }
}

fn measure(args: &Args, gpu: Gpu, jobs: usize) -> Result<(crate::model::ModelFile, f64), Failure> {
    let refuse = |error: &ModelError| model::failure(error);
    let file = args.folders.folders().locate(&args.model).map_err(|error| refuse(&error))?;
    let bytes = file.read().map_err(|error| refuse(&error))?;
    let weights = whisper::Model { name: file.name.clone(), sha256: file.sha256.clone(), bytes };
    let options = whisper::EngineOptions::new(jobs, gpu);
    let failed = |error: crate::asr::AsrError| Failure::new(Exit::Model, error);
    let engine = Engine::load(weights, &options).map_err(failed)?;
    let speed = engine.speed().map_err(failed)?;
    Ok((file, speed))
}

/// The ffmpeg that `--decoder auto` would use.
fn installed_ffmpeg() -> Option<String> {
    let name = if cfg!(windows) { "ffmpeg.exe" } else { "ffmpeg" };
    let folders = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())?;
    Some(printable(&found.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_are_minutes_and_long_ones_hours() {
        assert_eq!(spoken_hours(0.5), "30 minutes");
        assert_eq!(spoken_hours(5.04), "5.0 hours");
    }
}
