//! The doctor: looks at everything that Parlour stands on, and says in a sentence what to do where something is wrong.

mod address;
mod machine;

use crate::config::Settings;
use chat::checkup::{self, Finding, Health};
use std::fmt::Write;

/// Looks at everything, one after the other.
pub async fn look(settings: &Settings) -> Vec<Finding> {
    let chat = &settings.chat;
    let mut findings = vec![Finding::good("configuration", "every key is known and has a value that makes sense")];
    findings.extend(checkup::database(&settings.folder, chat).await);
    findings.extend(checkup::nats(chat).await);
    findings.push(machine::clock());
    if chat.database.is_none() {
        findings.push(machine::disk(&settings.folder));
    }
    findings.push(machine::files(settings.admission.connections));
    findings.push(address::reachable(settings).await);
    findings
}

/// The findings as lines, and whether nothing is broken.
pub fn report(findings: &[Finding]) -> (String, bool) {
    let mut text = String::new();
    for Finding { subject, health, says } in findings {
        let mark = match health {
            Health::Good => "good",
            Health::Doubtful => "look",
            Health::Bad => "BAD ",
        };
        // Writing into a text does not fail.
        let _ = writeln!(text, "{mark}  {subject}: {says}.");
    }
    let count = |wanted| findings.iter().filter(|finding| finding.health == wanted).count();
    let (bad, doubtful) = (count(Health::Bad), count(Health::Doubtful));
    let _ = match (bad, doubtful) {
        (0, 0) => writeln!(text, "Parlour is well."),
        (0, _) => writeln!(text, "Parlour can run; {doubtful} to look at."),
        _ => writeln!(text, "Parlour cannot run as it should: {bad} broken, {doubtful} to look at."),
    };
    (text, bad == 0)
}
