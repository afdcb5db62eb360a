//! The checkup: what there is to say of the database and of the bus before they are used, for the doctor.

use crate::Settings;
use crate::opening::{postgres, tls};
use crate::settings::place;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A question to the database that takes longer is felt with each message.
const SLOW: Duration = Duration::from_millis(10);
/// How far two clocks may stand apart before times look wrong to people.
const APART: Duration = Duration::from_secs(2);
const DATABASE: &str = "database";
const NATS: &str = "NATS";

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Good,
    /// It works, or may; somebody should look.
    Doubtful,
    Bad,
}

/// What was found of one subject: a sentence without its full stop, that says what to do unless all is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub subject: &'static str,
    pub health: Health,
    pub says: String,
}

impl Finding {
    pub fn good(subject: &'static str, says: impl Into<String>) -> Self {
        Self { subject, health: Health::Good, says: says.into() }
    }

    pub fn doubtful(subject: &'static str, says: impl Into<String>) -> Self {
        Self { subject, health: Health::Doubtful, says: says.into() }
    }

    pub fn bad(subject: &'static str, says: impl Into<String>) -> Self {
        Self { subject, health: Health::Bad, says: says.into() }
    }
}

/// Looks at the database that is set, or at the one in `folder`.
pub async fn database(folder: &Path, settings: &Settings) -> Vec<Finding> {
    match &settings.database {
        None => vec![file(folder)],
        Some(database) => {
            let options = postgres(database, settings);
            match store::postgres::probe(&database.url, &options).await {
                Err(error) => {
                    let says =
                        format!("PostgreSQL does not answer ({error}): look at database.url, and whether it runs");
                    vec![Finding::bad(DATABASE, says)]
                }
                Ok(probe) => server(&probe, database.readers),
            }
        }
    }
}

fn server(probe: &store::postgres::Probe, readers: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    let version = format!("PostgreSQL {}", probe.version);
    findings.push(if probe.supported {
        Finding::good(DATABASE, version)
    } else {
        Finding::bad(DATABASE, format!("{version} is too old: 15 is the oldest that Parlour works with"))
    });
    let latency = format!("it answers in {:.1} ms", probe.latency.as_secs_f64() * 1000.0);
    findings.push(if probe.latency < SLOW {
        Finding::good(DATABASE, latency)
    } else {
        Finding::doubtful(DATABASE, format!("{latency}, which is felt with every message: bring it nearer"))
    });
    findings.push(schema(probe.schema, probe.known, probe.may_create));
    if !probe.may_write {
        let says = "this user may not write to its tables: let the user that made them be the one in database.url";
        findings.push(Finding::bad(DATABASE, says));
    }
    if probe.encoding != "UTF8" {
        let says = format!(
            "its encoding is {}, which cannot keep every text: make a database with ENCODING UTF8, and copy into it",
            probe.encoding
        );
        findings.push(Finding::bad(DATABASE, says));
    }
    if probe.half {
        let says = "it is half a copy of another database: run `parlour copy` again, which goes on where it was";
        findings.push(Finding::bad(DATABASE, says));
    }
    if !probe.durable {
        let says = "a commit is answered before it is on disk, so that a power cut loses messages: set fsync and \
                    synchronous_commit to on";
        findings.push(Finding::bad(DATABASE, says));
    }
    let needed = readers as u64 + 1;
    if u64::from(probe.most_connections) < needed + 10 {
        let says = format!(
            "it takes {} connections in all, and this node alone opens up to {needed}: raise max_connections, or lower \
             database.readers",
            probe.most_connections
        );
        findings.push(Finding::doubtful(DATABASE, says));
    }
    findings.push(clocks(probe.clock));
    findings
}

fn schema(found: u32, known: u32, may_create: bool) -> Finding {
    match found {
        _ if found > known => {
            let says = format!(
                "its schema is {found}, this program knows up to {known}: start the newer version that wrote it"
            );
            Finding::bad(DATABASE, says)
        }
        _ if found == known => Finding::good(DATABASE, format!("its schema is {found}, which is this version's")),
        _ if !may_create => {
            let says =
                "the schema has to be made or changed, and this user may not: GRANT CREATE ON SCHEMA public to them";
            Finding::bad(DATABASE, says)
        }
        0 => Finding::good(DATABASE, "it is empty; the first start makes what it needs"),
        _ => Finding::good(DATABASE, format!("its schema is {found}; the next start brings it to {known}")),
    }
}

/// The clock of the database beside ours: milliseconds since 1970.
fn clocks(theirs: i64) -> Finding {
    let ours = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    let apart = Duration::from_millis(theirs.abs_diff(ours));
    if apart < APART {
        return Finding::good("clocks", "this machine and the database agree on the time");
    }
    let says =
        format!("this machine and the database are {:.0} s apart: let the network set both", apart.as_secs_f64());
    Finding::doubtful("clocks", says)
}

/// The database in a folder.
fn file(folder: &Path) -> Finding {
    match store::sqlite::schema(folder) {
        Ok(None) => {
            Finding::good(DATABASE, format!("there is none yet in {}; the first start makes it", folder.display()))
        }
        Ok(Some(found)) => schema(found, store::known_schema(), true),
        Err(error) => Finding::bad(DATABASE, format!("the file in {} cannot be read: {error}", folder.display())),
    }
}

/// Looks at each NATS server that is set.
pub async fn nats(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for server in &settings.nats.servers {
        let place = place(server);
        findings.push(match hub::bus::probe(server, &tls(settings)).await {
            Ok(probe) => {
                let latency = probe.latency.as_secs_f64() * 1000.0;
                Finding::good(NATS, format!("{place} is of version {} and answers in {latency:.1} ms", probe.version))
            }
            Err(error) => {
                let says = format!(
                    "{place} does not answer ({error}): nodes go on without it and hear of each other late; look whether it runs"
                );
                Finding::bad(NATS, says)
            }
        });
    }
    findings
}
