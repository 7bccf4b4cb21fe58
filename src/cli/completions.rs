//! `callgrade completions` and `callgrade man`: both are made from the definition of the command line.

use super::{Console, Exit, definition};
use std::io::Write;

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints the completions.
///
/// # Errors
/// Where standard output cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition(), "callgrade", &mut script);
    print(&script, console)
}

/// Prints the manual page: the program's, then one section a command.
///
/// # Errors
/// Where standard output cannot be written.
pub fn manual(console: &Console) -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    let mut command = definition();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for command in command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        let man = clap_mangen::Man::new(command.clone());
        writeln!(page, ".SH \"{}\"", command.get_bin_name().unwrap_or_default().to_uppercase())?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    print(&page, console)
}

fn print(bytes: &[u8], console: &Console) -> anyhow::Result<Exit> {
    let mut out = console.data();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Exit::Success)
}
