//! Every statement on a real server: it is understood, and asks for numbers, texts and bytes alone. What else needs a
//! server is in `tests/stories`.

use crate::migrations::MIGRATIONS;
use crate::sql::listing::{postgres_statements, statements};
use crate::sql::translate::for_postgres;
use tokio_postgres::NoTls;
use tokio_postgres::types::Type;

#[tokio::test]
async fn every_statement_is_understood() {
    let Some(url) = std::env::var("PARLOUR_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        println!("passed over: PARLOUR_TEST_POSTGRES names no server");
        return;
    };
    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    // Nothing of this stays: the transaction is never committed.
    let all = client.transaction().await.unwrap();
    let name = format!("statements_{}", std::process::id());
    all.batch_execute(&format!("CREATE SCHEMA {name}; SET LOCAL search_path = {name}")).await.unwrap();
    for step in MIGRATIONS {
        all.batch_execute(step.postgres).await.unwrap();
    }
    for (name, sql) in statements().into_iter().chain(postgres_statements()) {
        let text = for_postgres(sql.for_postgres());
        let statement = match all.prepare(&text).await {
            Ok(statement) => statement,
            Err(error) => panic!("{name}: {:?}\n{text}", error.as_db_error()),
        };
        for param in statement.params() {
            assert!([Type::INT8, Type::TEXT, Type::BYTEA].contains(param), "{name} asks for {param}\n{text}");
        }
        for column in statement.columns() {
            let known = [Type::INT8, Type::INT4, Type::TEXT, Type::BYTEA, Type::BOOL];
            assert!(known.contains(column.type_()), "{name} answers {}\n{text}", column.type_());
        }
    }
    let columns = "SELECT count(*) FROM information_schema.columns WHERE table_schema = $1 AND data_type = 'text'
        AND coalesce(collation_name, '') <> 'C'";
    let otherwise: i64 = all.query_one(columns, &[&name]).await.unwrap().get(0);
    assert_eq!(otherwise, 0, "texts are sorted by their bytes, as SQLite does");
}
