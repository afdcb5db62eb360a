//! What only PostgreSQL has to tell: several nodes that share a database, and what each reads of the others' commits.

use crate::house::{House, MORNING};

/// What was kept for other nodes links from the first commit to the newest, without a hole.
pub async fn check_outbox(house: &House) {
    let newest = house.db.newest().await.unwrap();
    let mut at = match house.db.outbox(0, 1).await.unwrap().first() {
        // In a story of days what is older than an hour may be gone.
        Some(first) if house.now() > MORNING + 60 * 60 * 1000 => first.before,
        _ => 0,
    };
    while at < newest {
        let page = house.db.outbox(at, 100).await.unwrap();
        assert!(!page.is_empty(), "nothing after {at}, of {newest}");
        for outgoing in page {
            assert_eq!(outgoing.before, at, "{outgoing:?}");
            assert!(outgoing.g > outgoing.before);
            assert_eq!(outgoing.body, format!("{} to {}", outgoing.before, outgoing.g).as_bytes());
            at = outgoing.g;
        }
    }
}
