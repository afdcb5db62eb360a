//! `parlour doctor` on instances that are well and on some that are not: it says in a sentence what to do.

use std::fs;
use tests::companions::{Nats, Postgres, missing, sql};
use tests::folder::Folder;
use tests::server::{Server, Setting, Ties, run, run_with};
use tests::{Outcome, check};

/// Whether all is well with this configuration, and what the doctor says.
pub(crate) async fn doctor(config: &str, ties: Ties) -> Outcome<(bool, String)> {
    let folder = Folder::new()?;
    let file = folder.join("parlour.toml");
    fs::write(&file, format!("[data]\nfolder = \"{}\"\n{config}", folder.join("data").display()))?;
    let (status, out, complaint) = run_with(&["doctor", "--config", &file.to_string_lossy()], "", ties).await?;
    Ok((status.success(), format!("{out}{complaint}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_well_is_said_to_be_well() -> Outcome {
    let (well, said) = doctor("", Ties::default()).await?;
    check!(well, "with an empty folder:\n{said}");
    if let Some(reason) = missing() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let (postgres, nats) = (Postgres::start().await?, Nats::start().await?);
    let ties = Ties { database: postgres.url(), nats: nats.url() };
    let server = Server::empty(Setting { ties: vec![ties.clone(); 2], ..Setting::default() }).await?;
    let (well, said) = doctor("", ties).await?;
    check!(well, "beside two running nodes:\n{said}");
    for word in ["PostgreSQL", "NATS"] {
        check!(said.contains(word), "{word} is not looked at:\n{said}");
    }
    drop(server);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_well_is_named() -> Outcome {
    let (well, said) = doctor("[server]\nlisten = 8080\n", Ties::default()).await?;
    check!(!well && said.contains("server.listen"), "a key of another kind:\n{said}");
    if let Some(reason) = missing() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let (mut postgres, mut nats) = (Postgres::start().await?, Nats::start().await?);
    let ties = Ties { database: postgres.url(), nats: nats.url() };
    let absent = Ties { database: ties.database.replace("/postgres", "/nowhere"), ..ties.clone() };
    let (well, said) = doctor("", absent).await?;
    check!(!well && said.contains("nowhere"), "a database that is not there:\n{said}");
    for statement in [
        "CREATE DATABASE narrow ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0",
        "CREATE DATABASE half",
    ] {
        sql(&postgres.url(), statement).await?;
    }
    let place = ties.database.trim_end_matches("postgres");
    let in_database = |name: &str| Ties { database: format!("{place}{name}"), ..ties.clone() };
    sql(&in_database("half").database, "CREATE TABLE copying (epoch TEXT, g BIGINT)").await?;
    for (name, word) in [("narrow", "UTF8"), ("half", "parlour copy")] {
        let (well, said) = doctor("", in_database(name)).await?;
        check!(!well && said.contains(word), "{name}:\n{said}");
    }
    nats.kill().await?;
    let (well, said) = doctor("", ties.clone()).await?;
    check!(!well && said.contains("NATS"), "without NATS:\n{said}");
    nats.again().await?;
    postgres.kill().await?;
    let (well, said) = doctor("", ties).await?;
    check!(!well && said.contains("PostgreSQL"), "without PostgreSQL:\n{said}");
    Ok(())
}

/// One node without a database's address cannot see what others do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_need_one_database() -> Outcome {
    let folder = Folder::new()?;
    let data = folder.join("data").to_string_lossy().into_owned();
    let ties = Ties { nats: "nats://127.0.0.1:4222".into(), ..Ties::default() };
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", &data];
    let (status, out, complaint) = run_with(&arguments, "", ties).await?;
    check!(!status.success(), "it started:\n{out}{complaint}");
    check!(complaint.contains("database.url"), "it does not say what to do:\n{complaint}");
    let (status, _, complaint) = run(&["doctor", "--config", "/nowhere/parlour.toml"], "").await?;
    check!(!status.success() && complaint.contains("/nowhere/parlour.toml"), "{complaint}");
    Ok(())
}
