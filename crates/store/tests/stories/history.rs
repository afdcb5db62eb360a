//! A private room that shows who joins it only what comes from then on.

use crate::house::{
    House, MORNING, delete, edit, hide, history, kinds, leave, mentioning, pin, post, react, read, room, save,
};
use store::members::MemberWrite;
use store::messages::{Anchor, MessageWrite};
use store::rooms::{History, RoomKind};
use store::sync::Since;
use store::{G, Refused, Row, Write};

/// Ada's private room with one message of before; Bo joins after that.
async fn cellar(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.write(room("cellar", "ada", RoomKind::Private)).await.unwrap();
    house.write(history("cellar", "ada", History::Joined)).await.unwrap();
    house.say("cellar", "ada", "before").await;
    enter(house, "bo").await;
}

async fn enter(house: &House, user: &str) {
    let code = house.room_row("cellar").await.code;
    house.write(Write::Member(MemberWrite::Join { user: user.into(), room: None, code })).await.unwrap();
}

async fn missed(house: &House, user: &str, g: G) -> store::sync::Missed {
    let since = Since::new(user, g, vec!["cellar".into()], 100, 50);
    house.db.missed(since).await.unwrap()
}

pub async fn who_joins_sees_what_comes(house: &House) {
    cellar(house).await;
    assert_eq!((house.member("cellar", "ada").await.from, house.member("cellar", "bo").await.from), (1, 2));
    house.say("cellar", "ada", "after").await;
    let seqs = async |user: &str, anchor: Anchor| {
        let page = house.db.page("cellar", user, anchor, 10).await.unwrap();
        (page.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), page.more_before)
    };
    assert_eq!(seqs("ada", Anchor::Newest).await, (vec![1, 2, 3], false));
    for anchor in [Anchor::Newest, Anchor::After(0), Anchor::Around(2), Anchor::Before(9)] {
        assert_eq!(seqs("bo", anchor).await, (vec![2, 3], false), "{anchor:?}");
    }
    assert_eq!(house.db.message("cellar", 1, "bo").await.unwrap(), None);
    // Nothing of it is unread, however far back it is marked.
    house.write(read("bo", "cellar", 0)).await.unwrap();
    let bo = house.member("cellar", "bo").await;
    assert_eq!((bo.read, bo.unread), (1, 1));
    let fresh = missed(house, "bo", 0).await;
    let shown: Vec<_> = fresh.changes.iter().filter(|change| matches!(change.row, Row::Message(_))).collect();
    assert_eq!(shown.len(), 2, "{shown:?}");
}

pub async fn what_is_older_cannot_be_touched(house: &House) {
    cellar(house).await;
    let answer = Write::Message(MessageWrite::Post {
        room: "cellar".into(),
        author: "bo".into(),
        text: "what?".into(),
        reply_to: Some(1),
        mentions: vec![],
        all: false,
    });
    let tries = [
        answer,
        react("cellar", 1, "bo", "+", true),
        pin("cellar", 1, "bo", true),
        save("cellar", 1, "bo", true),
        hide("cellar", 1, "bo"),
        delete("cellar", 1, "bo"),
        edit("cellar", 1, "bo", "mine"),
    ];
    for write in tries {
        assert_eq!(house.refused(write.clone()).await, Refused::NoSuchMessage, "{write:?}");
    }
    // Also of one's own, from a former stay.
    house.say("cellar", "bo", "mine").await;
    house.write(save("cellar", 3, "bo", true)).await.unwrap();
    house.write(pin("cellar", 3, "bo", true)).await.unwrap();
    house.write(leave("bo", "cellar")).await.unwrap();
    enter(house, "bo").await;
    assert_eq!(house.refused(edit("cellar", 3, "bo", "still mine")).await, Refused::NoSuchMessage);
    assert_eq!(house.db.saved("bo", u64::MAX, 9).await.unwrap().messages, []);
    assert_eq!(
        (house.db.pins("cellar", "bo").await.unwrap(), house.db.pins("cellar", "ada").await.unwrap().len()),
        (vec![], 1)
    );
}

pub async fn a_change_of_what_some_may_not_see_tells_only_that(house: &House) {
    cellar(house).await;
    let g = house.g().await;
    let mention = Write::Message(MessageWrite::Edit {
        room: "cellar".into(),
        seq: 1,
        by: "ada".into(),
        text: "before, @bo".into(),
        mentions: vec!["bo".into()],
        all: false,
        expected: None,
    });
    assert_eq!(kinds(&house.told(mention).await.1), ["touched 1"]);
    assert_eq!(kinds(&house.told(react("cellar", 1, "ada", "+", true)).await.1), ["touched 1"]);
    // Who cannot see it is not mentioned by it.
    assert_eq!(house.db.message("cellar", 1, "ada").await.unwrap().unwrap().mentions, Vec::<String>::new());
    assert_eq!(house.member("cellar", "bo").await.mentions, 0);
    let shown =
        |missed: store::sync::Missed| missed.changes.iter().filter(|c| matches!(c.row, Row::Message(_))).count();
    assert_eq!((shown(missed(house, "ada", g).await), shown(missed(house, "bo", g).await)), (1, 0));
    // What everybody there may see is told whole, and so is everything once they have gone.
    let seq = house.write(mentioning("cellar", "ada", "@bo", &["bo"])).await.unwrap().seq.unwrap();
    assert_eq!(kinds(&house.told(edit("cellar", seq, "ada", "never mind")).await.1), [format!("message {seq}")]);
    house.write(leave("bo", "cellar")).await.unwrap();
    assert_eq!(kinds(&house.told(delete("cellar", 1, "ada")).await.1), ["message 1 deleted"]);
}

pub async fn only_a_private_room_hides_its_past(house: &House) {
    cellar(house).await;
    house.room("garden", &["ada"]).await;
    assert_eq!(house.refused(history("garden", "ada", History::Joined)).await, Refused::WrongKind);
    assert_eq!(house.refused(history("cellar", "bo", History::All)).await, Refused::NotAllowed);
    house.write(history("cellar", "ada", History::All)).await.unwrap();
    // It is for who comes: Bo's own past stays as it was.
    enter(house, "cy").await;
    assert_eq!((house.member("cellar", "cy").await.from, house.member("cellar", "bo").await.from), (1, 2));
    house.write(post("cellar", "cy", "hello")).await.unwrap();
    assert!(house.now() > MORNING);
}
