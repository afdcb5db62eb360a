//! Each folder of conversations, played by socket and by REST, on each stage.

use std::fs;
use tests::conversation::{covered, features};
use tests::server::repository;
use tests::{Outcome, check, contract};

macro_rules! feature {
    ($($name:ident)*) => {
        const PLAYED: &[&str] = &[$(stringify!($name)),*];
        feature!(@ sqlite Sqlite $($name)*);
        feature!(@ postgres Postgres $($name)*);
        feature!(@ cluster Cluster $($name)*);
    };
    (@ $stage:ident $variant:ident $($name:ident)*) => {
        mod $stage {
            use tests::Outcome;
            use tests::conversation::play_feature;
            use tests::server::Stage;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() -> Outcome {
                    play_feature(stringify!($name), Stage::$variant).await
                }
            )*
        }
    };
}

#[rustfmt::skip]
feature!(accounts direct drafts history members messages notices pins presence pushes reactions reads reports rooms saved settings sync typing);

#[test]
fn every_folder_of_conversations_is_played() -> Outcome {
    let folders = features()?;
    check!(folders == PLAYED, "folders {folders:?}, played {PLAYED:?}");
    Ok(())
}

/// The code of what only a bug answers with.
const OUT_OF_REACH: [&str; 1] = ["internal"];

#[test]
fn every_code_of_the_protocol_page_is_provoked() -> Outcome {
    let (_, mut provoked) = covered()?;
    for name in ["fault.rs", "faults/away.rs", "doors.rs", "cursor.rs"] {
        let source = fs::read_to_string(repository().join("crates/tests/tests/all").join(name))?;
        provoked.extend(source.split('"').map(str::to_string));
    }
    let page = fs::read_to_string(repository().join("docs/PROTOCOL.md"))?;
    let table = page.split_once("<!-- bad-input:start -->").map_or("", |(_, table)| table);
    provoked.extend(table.split([' ', ',', ';', '|']).map(str::to_string));
    let missing: Vec<String> = contract::codes()?
        .into_iter()
        .filter(|code| !provoked.contains(code) && !OUT_OF_REACH.contains(&code.as_str()))
        .collect();
    check!(missing.is_empty(), "no test provokes {missing:?}");
    Ok(())
}

#[test]
fn every_command_of_the_table_has_a_conversation() -> Outcome {
    let (commands, _) = covered()?;
    let missing: Vec<String> = contract::table()?.into_keys().filter(|name| !commands.contains(name)).collect();
    check!(missing.is_empty(), "no conversation gives {missing:?}");
    Ok(())
}
