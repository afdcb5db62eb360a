//! The command line of the workshop: `cargo run -p xtask -- tidy | contract [--check]`.

use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -p xtask -- COMMAND

  tidy               check the rules of the house that no compiler checks
  contract           write web/contract/openapi.json and the TypeScript types made from it
  contract --check   fail if they are not what the program would write now";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["tidy"] => tidy(),
        ["contract"] => xtask::contract::write(&xtask::root()),
        ["contract", "--check"] => xtask::contract::check(&xtask::root()),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn tidy() -> Result<String, String> {
    let report = xtask::tidy::check(&xtask::root())?;
    for note in &report.notes {
        println!("{note}");
    }
    if report.breaches.is_empty() {
        return Ok(format!("tidy: {} files keep the rules", report.files));
    }
    for breach in &report.breaches {
        eprintln!("{breach}");
    }
    Err(format!("tidy: {} breaches in {} files looked at", report.breaches.len(), report.files))
}
