//! A node without NATS, on a database that others write to as well.

use super::house::{Database, Node, event, hears, until};
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_commit_and_what_was_never_told_is_heard_in_order() {
    let database = Arc::<Database>::default();
    let node = Node::alone(&database).await;
    let (_, ada) = node.listening("ada", &["r:garden"]).await;
    for round in 0..20 {
        node.commit(|g| vec![event("r:garden", format!("mine {g}"))]);
        // Of another node, or a commit of this one whose answer was lost.
        database.commit(|g| vec![event("r:garden", format!("not told {g}"))]);
        if round % 5 == 0 {
            // Also where nothing follows it.
            hears(&ada, &database.bodies(&["r:garden"])).await;
        }
    }
    hears(&ada, &database.bodies(&["r:garden"])).await;
    assert_eq!(ada.dropped.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_has_gone_back_sends_all_to_their_cursors_and_goes_on() {
    let database = Arc::<Database>::default();
    let node = Node::alone(&database).await;
    let (_, ada) = node.listening("ada", &["r:garden"]).await;
    for _ in 0..10 {
        node.commit(|g| vec![event("r:garden", g.to_string())]);
    }
    hears(&ada, &database.bodies(&["r:garden"])).await;
    database.go_back(4);
    until("her line is dropped", || ada.dropped.load(Ordering::Relaxed) == 1).await;
    let (_, bo) = node.listening("bo", &["r:garden"]).await;
    node.commit(|_| vec![event("r:garden", "goes on")]);
    hears(&bo, &["goes on".to_owned()]).await;
}
