//! Nodes that reach PostgreSQL and NATS by TLS, and believe only whom they are told to believe.

use crate::doctor::doctor;
use serde_json::json;
use tests::companions::{Certificates, Nats, Postgres, missing, sql};
use tests::gathering::{Gathering, cid};
use tests::server::{Setting, Ties};
use tests::socket::Transport;
use tests::{Outcome, check};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_reach_postgres_and_nats_by_tls_and_nobody_else() -> Outcome {
    if let Some(reason) = missing() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let (Some(theirs), Some(others)) = (Certificates::make().await?, Certificates::make().await?) else {
        println!("skipped: there is no openssl to make certificates with");
        return Ok(());
    };
    let (mut postgres, nats) = (Postgres::start().await?, Nats::start_with_tls(theirs.server()).await?);
    postgres.wants_tls(theirs.server()).await?;
    sql(&postgres.url(), "CREATE DATABASE parlour OWNER parlour").await?;
    let database = postgres.url().replace("postgres@", "parlour@").replace("/postgres", "/parlour");
    let proven = |roots: &str| format!("{database}?sslmode=verify-full&sslrootcert={roots}");
    let (believed, doubted) = (theirs.authority_path()?, others.authority_path()?);

    let config = format!("[cluster]\nnats_authorities = \"{believed}\"\n");
    let ties = Ties { database: proven(&believed), nats: nats.url() };
    let setting = Setting { config: config.clone(), ties: vec![ties.clone(); 2], ..Setting::default() };
    let gathering = Gathering::of(2, setting).await?;
    let [ada, bo] =
        [gathering.device(0, Transport::WebSocket).await?, gathering.device(1, Transport::WebSocket).await?];
    let wish = json!({"room": gathering.room, "text": "by TLS", "cid": cid()});
    gathering.value(0, "messages.send", &wish).await?;
    for device in [&ada, &bo] {
        device.wait("the message", |seen| seen.replica.messages.values().any(|held| held["text"] == "by TLS")).await?;
    }
    let plain = "SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) \
        WHERE a.usename = 'parlour' AND NOT s.ssl";
    check!(sql(&postgres.url(), plain).await? == "0", "some connections are not encrypted");

    let (well, said) = doctor(&config, ties.clone()).await?;
    check!(well, "with the right authority:\n{said}");
    let name = Ties { database: proven(&believed).replace("127.0.0.1", "localhost"), ..ties.clone() };
    let cases = [
        ("another authority", Ties { database: proven(&doubted), ..ties.clone() }),
        ("another name than the certificate's", name),
        ("without TLS", Ties { database: format!("{database}?sslmode=disable"), ..ties.clone() }),
    ];
    for (case, ties) in cases {
        let (well, said) = doctor(&config, ties).await?;
        check!(!well && said.contains("PostgreSQL"), "{case}:\n{said}");
    }
    let (well, said) = doctor(&config.replace(&believed, &doubted), ties).await?;
    check!(!well && said.contains("NATS"), "a NATS that nobody vouches for:\n{said}");
    Ok(())
}
