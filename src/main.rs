//! The `usage-report` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    usage_report::cli::main()
}
