//! Nodes, the database and the bus fail while people write: nothing acknowledged is lost, nothing is doubled, the order is
//! kept, everybody converges, and all goes on by itself.
//!
//! `PARLOUR_FAULTS=long` makes each fault last as long as the issue it stands for would, and does each several times.

mod away;
mod everywhere;
mod house;
mod load;
mod polling;
mod presence;
mod table;

use house::House;

/// Whether faults last long, and happen several times.
fn long() -> bool {
    std::env::var("PARLOUR_FAULTS").is_ok_and(|length| length == "long")
}

/// Says why a test of faults is not done now, if it is not.
fn skipped() -> bool {
    use tests::server::Stage;
    let chosen = std::env::var("PARLOUR_STAGE").unwrap_or_default();
    let elsewhere = !chosen.is_empty() && chosen != Stage::Cluster.name();
    let reason = if elsewhere { Some("PARLOUR_STAGE chooses another".into()) } else { tests::companions::missing() };
    if let Some(reason) = &reason {
        println!("skipped: {reason}");
    }
    reason.is_some()
}
