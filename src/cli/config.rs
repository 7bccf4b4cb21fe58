//! `callgrade.toml`: settings that a team does not want to type each time.
//!
//! Its keys are the long options of `callgrade score`. What it says takes the place of the defaults, so that the
//! environment and the command line go before it. It is looked for in the current folder, or where CALLGRADE_CONFIG
//! points; a folder of recordings is never searched for one, because recordings come from elsewhere.

use super::{Exit, Failure};
use clap::{Arg, ArgAction, Command};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the file.
const NAME: &str = "callgrade.toml";
/// Environment variable that names another file.
const VARIABLE: &str = "CALLGRADE_CONFIG";
/// Commands that take the settings; others take those that say where the models are.
const COMMANDS: [&str; 2] = ["score", "transcribe"];
const MODELS: &str = "models";
/// Settings that are paths; they are relative to the folder of the file.
const PATHS: [&str; 4] = ["rubric", "out", "calls", MODELS];
/// Options that mean one run and not all of them, and the one that can start a program.
const ONCE: [&str; 5] = ["force", "retry-failed", "limit", "in-process", "decoder"];

/// `command` with the settings of the file as its defaults, where there is a file.
///
/// # Errors
/// Where it cannot be read, is no TOML, or holds a setting that does not exist or has another kind of value.
pub(super) fn with_settings(command: Command) -> Result<Command, Failure> {
    let named = env::var_os(VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
    let path = named.clone().unwrap_or_else(|| PathBuf::from(NAME));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => return Ok(command),
        Err(error) => return Err(Failure::new(Exit::Usage, format!("cannot read {}: {error}", path.display()))),
    };
    let wrong = |what: String| Failure::new(Exit::Usage, format!("{}: {what}", path.display()));
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut command = command;
    for (key, value) in &table {
        command = set(command, key, value, folder).map_err(wrong)?;
    }
    Ok(command)
}

/// The long options of `score` that may stand in the file.
fn settings(command: &Command) -> Vec<&Arg> {
    let score = command.find_subcommand(COMMANDS[0]);
    let options = score.into_iter().flat_map(Command::get_arguments);
    options.filter(|option| option.get_long().is_some_and(|long| !ONCE.contains(&long))).collect()
}

fn set(command: Command, key: &str, value: &toml::Value, folder: &Path) -> Result<Command, String> {
    let known = settings(&command);
    let long = key.replace('_', "-");
    let Some(option) = known.iter().find(|option| option.get_long() == Some(&long)) else {
        let near = known
            .iter()
            .filter_map(|option| option.get_long())
            .map(|name| (strsim::damerau_levenshtein(name, &long), name))
            .min()
            .filter(|(distance, name)| *distance <= 2.max(name.len() / 4));
        let hint = near.map(|(_, name)| format!("; did you mean `{name}`?")).unwrap_or_default();
        return Err(if ONCE.contains(&long.as_str()) {
            format!("`{key}` can be given on the command line only")
        } else {
            format!("there is no setting `{key}`{hint}")
        });
    };
    let id = option.get_id().clone();
    let flag = matches!(option.get_action(), ArgAction::SetTrue);
    let many =
        option.get_num_args().is_some_and(|range| range.max_values() > 1) || option.get_value_delimiter().is_some();
    let values = texts(value, flag, many).map_err(|expected| format!("`{key}` must be {expected}"))?;
    let values: Vec<String> = match PATHS.contains(&long.as_str()) {
        true => values.into_iter().map(|path| folder.join(path).to_string_lossy().into_owned()).collect(),
        false => values,
    };
    if flag && values.iter().all(|value| value == "false") {
        return Ok(command);
    }
    Ok(give(command, &id, &values, long != MODELS))
}

/// `command` and those below it with `values` as the default of the argument `id`; `hearing_only` leaves out the
/// commands that hear nothing.
fn give(command: Command, id: &clap::Id, values: &[String], hearing_only: bool) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    // `transcribe` knows fewer values of some options than `score`, which is the one to complain.
    let fits = |argument: &Arg| {
        let possible = argument.get_possible_values();
        command.get_name() == COMMANDS[0]
            || possible.is_empty()
            || values.iter().all(|value| possible.iter().any(|one| one.matches(value, true)))
    };
    let has = command.get_arguments().any(|argument| argument.get_id() == id && fits(argument));
    let mut command = command;
    if has {
        command = command.mut_arg(id, |argument| argument.required(false).default_values(values.to_vec()));
    }
    for name in names {
        if !hearing_only || COMMANDS.contains(&name.as_str()) {
            command = command.mut_subcommand(&name, |below| give(below, id, values, hearing_only));
        }
    }
    command
}

/// The texts that stand for `value` on a command line; what was expected instead where it is of another kind.
fn texts(value: &toml::Value, flag: bool, many: bool) -> Result<Vec<String>, &'static str> {
    match value {
        toml::Value::Boolean(value) if flag => Ok(vec![value.to_string()]),
        _ if flag => Err("true or false"),
        toml::Value::String(text) => Ok(vec![text.clone()]),
        toml::Value::Integer(number) => Ok(vec![number.to_string()]),
        toml::Value::Float(number) => Ok(vec![number.to_string()]),
        toml::Value::Array(all) if many => {
            all.iter().map(|one| one.as_str().map(str::to_owned).ok_or("a list of texts")).collect()
        }
        _ if many => Err("a text or a list of texts"),
        _ => Err("a text or a number"),
    }
}
