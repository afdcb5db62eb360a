//! Rooms: made, listed, changed, deleted; direct ones found again.

use crate::house::{House, direct, join, kinds, leave, post, room};
use store::members::{MemberWrite, Role};
use store::rooms::{RoomKind, RoomWrite};
use store::{Refused, Row, Write};

fn update(room: &str, by: &str, name: Option<&str>, topic: Option<&str>, kind: Option<RoomKind>) -> Write {
    let (name, topic) = (name.map(str::to_owned), topic.map(str::to_owned));
    Write::Room(RoomWrite::Update {
        room: room.into(),
        by: by.into(),
        name,
        topic,
        kind,
        history: None,
        code: "TURNED".into(),
    })
}

fn renew(room: &str, by: &str, code: &str) -> Write {
    Write::Room(RoomWrite::RenewCode { room: room.into(), by: by.into(), code: code.into() })
}

fn end(room: &str, by: &str) -> Write {
    Write::Room(RoomWrite::Delete { room: room.into(), by: by.into() })
}

async fn listed(house: &House, user: &str, query: &str) -> Vec<String> {
    let rooms = house.db.public_rooms(user, query, None, 100).await.unwrap();
    rooms.into_iter().map(|(room, _)| room.id).collect()
}

pub async fn a_public_room_is_listed(house: &House) {
    house.people(&["ada", "bo"]).await;
    let (ack, told) = house.told(room("garden", "ada", RoomKind::Public)).await;
    assert_eq!(ack.room.as_deref(), Some("garden"));
    assert_eq!(kinds(&told), ["directory", "member ada owner", "membership ada owner"]);
    let row = house.room_row("garden").await;
    assert_eq!((&*row.name, row.code.as_deref(), row.members, row.head), ("The garden", Some("GARDEN"), 1, 0));
    assert_eq!((row.g, row.gv, row.created, row.head_time), (told[1].g, told[1].g, house.now(), None));
    for change in &told {
        match &change.row {
            Row::Directory(told) | Row::Membership { room: told, .. } => assert_eq!(*told, row),
            _ => {}
        }
    }
    let member = house.member("garden", "ada").await;
    assert_eq!((member.role, member.read, member.gv, member.own_gv), (Some(Role::Owner), 0, told[1].g, told[2].g));

    let (for_ada, mine) = house.db.room_for("garden", "ada").await.unwrap().unwrap();
    assert_eq!((for_ada, mine), (row.clone(), Some(member)));
    assert_eq!(house.db.room_for("garden", "bo").await.unwrap().unwrap(), (row.clone(), None));
    assert_eq!(house.db.room_by_code("GARDEN").await.unwrap(), Some(row));
    assert_eq!(listed(house, "bo", "").await, ["garden"]);
    assert_eq!(house.refused(room("other", "nobody", RoomKind::Public)).await, Refused::NoSuchUser);
}

pub async fn a_private_room_is_not_listed(house: &House) {
    house.people(&["ada"]).await;
    let (_, told) = house.told(room("attic", "ada", RoomKind::Private)).await;
    assert_eq!(kinds(&told), ["member ada owner", "membership ada owner"]);
    assert!(listed(house, "ada", "").await.is_empty());
    assert_eq!(house.db.room_ids_of("ada").await.unwrap(), ["attic"]);
    assert_eq!(house.refused(room("pair", "ada", RoomKind::Direct)).await, Refused::WrongKind);
}

pub async fn a_direct_room_is_one_for_its_people_and_subject(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    let (ack, told) = house.told(direct("first", &["bo", "ada"])).await;
    assert_eq!(ack.room.as_deref(), Some("first"));
    let all = ["member ada member", "membership ada member", "member bo member", "membership bo member"];
    assert_eq!(kinds(&told), all);
    let row = house.room_row("first").await;
    assert_eq!(
        (row.kind, &*row.users, &row.code, row.members),
        (RoomKind::Direct, &["ada", "bo"].map(String::from)[..], &None, 2)
    );

    // Ada sees it once she opens it herself.
    assert_eq!(house.member("first", "ada").await.hidden, Some(0));
    let (ack, told) = house.told(direct("second", &["ada", "bo"])).await;
    assert_eq!((ack.room.as_deref(), kinds(&told)), (Some("first"), vec!["read ada 0".to_owned()]));
    assert_eq!(house.member("first", "ada").await.hidden, None);
    let (ack, told) = house.told(direct("second", &["ada", "bo"])).await;
    assert_eq!((ack.room.as_deref(), ack.g, told.len()), (Some("first"), 0, 0));
    let titled = RoomWrite::OpenDirect {
        id: "third".into(),
        opener: "ada".into(),
        users: vec!["ada".into(), "bo".into()],
        subject: "Sunday".into(),
    };
    assert_eq!(house.write(Write::Room(titled)).await.unwrap().room.as_deref(), Some("third"));
    let group = house.write(direct("fourth", &["ada", "bo", "cy"])).await.unwrap();
    assert_eq!(group.room.as_deref(), Some("fourth"));
    assert!(listed(house, "ada", "").await.is_empty());
}

pub async fn a_direct_room_needs_real_people(house: &House) {
    house.people(&["ada"]).await;
    assert_eq!(house.refused(direct("pair", &["ada", "nobody"])).await, Refused::NoSuchUser);
    assert_eq!(house.db.room("pair").await.unwrap(), None);
    assert!(house.db.room_ids_of("ada").await.unwrap().is_empty());
    house.write(direct("alone", &["ada"])).await.unwrap();
}

pub async fn an_update_posts_lines(house: &House) {
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let (_, told) = house.told(update("garden", "ada", Some("Park"), Some("Trees"), None)).await;
    assert_eq!(kinds(&told), ["message 1", "message 2", "room", "directory"]);
    let texts: Vec<_> = told
        .iter()
        .filter_map(|change| match &change.row {
            Row::Message(line) => Some((line.text.clone(), line.kind, line.n)),
            _ => None,
        })
        .collect();
    use store::messages::MessageKind::{Rename, Topic};
    assert_eq!(texts, [("Park".into(), Rename, 0), ("Trees".into(), Topic, 0)]);
    let row = house.room_row("garden").await;
    assert_eq!((&*row.name, &*row.topic, row.head, row.gv, row.g), ("Park", "Trees", 2, told[2].g, told[2].g));
    let (ack, told) = house.told(update("garden", "ada", Some("Park"), None, Some(RoomKind::Public))).await;
    assert_eq!((ack.g, told.len()), (0, 0));
    assert_eq!(listed(house, "ada", "ÅRK").await.len(), 0);
    assert_eq!(listed(house, "ada", "PAR").await, ["garden"]);
}

pub async fn a_room_turns_private_and_public_again(house: &House) {
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let (_, told) = house.told(update("garden", "ada", None, None, Some(RoomKind::Private))).await;
    assert_eq!(kinds(&told), ["room", "directory gone"]);
    assert!(listed(house, "ada", "").await.is_empty());
    assert_eq!(house.room_row("garden").await.kind, RoomKind::Private);
    let (_, told) = house.told(update("garden", "ada", None, Some("quiet"), None)).await;
    assert_eq!(kinds(&told), ["message 1", "room"]);
    let (_, told) = house.told(update("garden", "ada", None, None, Some(RoomKind::Public))).await;
    assert_eq!(kinds(&told), ["room", "directory"]);
    assert_eq!(listed(house, "ada", "").await, ["garden"]);
}

pub async fn only_moderators_change_a_room(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada", "bo"]).await;
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    let name = |room: &str, by: &str| update(room, by, Some("New"), None, None);
    assert_eq!(house.refused(name("garden", "bo")).await, Refused::NotAllowed);
    assert_eq!(house.refused(name("garden", "cy")).await, Refused::NotAMember);
    assert_eq!(house.refused(name("nowhere", "ada")).await, Refused::NotAMember);
    assert_eq!(house.refused(name("pair", "ada")).await, Refused::WrongKind);
    assert_eq!(house.refused(name("pair", "cy")).await, Refused::NotAMember);
    assert_eq!(house.refused(renew("garden", "bo", "NEW")).await, Refused::NotAllowed);
    assert_eq!(house.refused(renew("pair", "bo", "NEW")).await, Refused::WrongKind);
    let to_direct = update("garden", "ada", None, None, Some(RoomKind::Direct));
    assert_eq!(house.refused(to_direct).await, Refused::WrongKind);
    let role =
        MemberWrite::SetRole { user: "bo".into(), room: "garden".into(), by: "ada".into(), role: Role::Moderator };
    house.write(Write::Member(role)).await.unwrap();
    house.write(name("garden", "bo")).await.unwrap();
}

pub async fn a_renewed_code_ends_the_old_one(house: &House) {
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let (_, told) = house.told(renew("garden", "ada", "NEWCODE")).await;
    assert_eq!(kinds(&told), ["room"]);
    assert_eq!(house.db.room_by_code("GARDEN").await.unwrap(), None);
    assert_eq!(house.db.room_by_code("NEWCODE").await.unwrap().unwrap().id, "garden");
}

pub async fn a_deleted_room_is_gone_for_all(house: &House) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada", "bo"]).await;
    let (_, told) = house.told(end("garden", "ada")).await;
    assert_eq!(kinds(&told), ["room deleted", "membership ada gone", "membership bo gone", "directory gone"]);
    for user in ["ada", "bo"] {
        assert_eq!(house.refused(post("garden", user, "still here?")).await, Refused::NotAMember);
        assert!(house.db.room_for("garden", user).await.unwrap().is_none());
        assert!(house.db.member("garden", user).await.unwrap().is_none());
        assert!(house.db.rooms_of(user).await.unwrap().is_empty());
    }
    assert_eq!(house.db.room("garden").await.unwrap(), None);
    assert_eq!(house.db.room_by_code("GARDEN").await.unwrap(), None);
    assert!(listed(house, "ada", "").await.is_empty());
    assert_eq!(house.refused(join("bo", "garden")).await, Refused::NoSuchRoom);
    // Its code is free again.
    house.write(renew_of_new_room(house).await).await.unwrap();
}

async fn renew_of_new_room(house: &House) -> Write {
    house.write(room("meadow", "ada", RoomKind::Public)).await.unwrap();
    renew("meadow", "ada", "GARDEN")
}

pub async fn only_the_owner_deletes(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada", "bo"]).await;
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    assert_eq!(house.refused(end("garden", "bo")).await, Refused::NotAllowed);
    assert_eq!(house.refused(end("garden", "cy")).await, Refused::NotAMember);
    assert_eq!(house.refused(end("pair", "ada")).await, Refused::WrongKind);
    house.write(leave("bo", "garden")).await.unwrap();
    assert_eq!(house.refused(end("garden", "bo")).await, Refused::NotAMember);
}

pub async fn public_rooms_are_paged_by_folded_name(house: &House) {
    house.people(&["ada", "bo"]).await;
    for (id, name) in [("r1", "Élan"), ("r2", "apple"), ("r3", "Banana"), ("r4", "apple"), ("r5", "100%")] {
        house.room(id, &["ada"]).await;
        house.write(update(id, "ada", Some(name), None, None)).await.unwrap();
    }
    assert_eq!(listed(house, "bo", "").await, ["r5", "r2", "r4", "r3", "r1"]);
    let after = house.db.public_rooms("ada", "", Some("r2"), 2).await.unwrap();
    let after: Vec<_> = after.into_iter().map(|(room, me)| (room.id, me.is_some())).collect();
    assert_eq!(after, [("r4".to_owned(), true), ("r3".to_owned(), true)]);
    assert_eq!(listed(house, "bo", "éL").await, ["r1"]);
    assert_eq!(listed(house, "bo", "%").await, ["r5"]);
    assert_eq!(listed(house, "bo", "an").await, ["r3", "r1"]);
    assert!(listed(house, "bo", "_").await.is_empty());
}

pub async fn who_was_put_out_cannot_come_back_by_the_old_code(house: &House) {
    house.people(&["ada", "bo"]).await;
    let kick = |code: &str| {
        let (user, room, by) = ("bo".into(), "garden".into(), "ada".into());
        Write::Member(MemberWrite::Kick { user, room, by, code: code.into() })
    };
    let by_code = |code: Option<String>| Write::Member(MemberWrite::Join { user: "bo".into(), room: None, code });
    house.room("garden", &["ada", "bo"]).await;
    // A public room keeps its code, until it turns private.
    let public = house.room_row("garden").await.code;
    house.write(kick("UNUSED")).await.unwrap();
    assert_eq!(house.room_row("garden").await.code, public);
    house.write(update("garden", "ada", None, None, Some(RoomKind::Private))).await.unwrap();
    assert_eq!(house.room_row("garden").await.code.as_deref(), Some("TURNED"));
    assert_eq!(house.refused(by_code(public)).await, Refused::CodeUnknown);
    // A private one has a new code with each kick.
    house.write(by_code(Some("TURNED".into()))).await.unwrap();
    house.write(kick("KICKED")).await.unwrap();
    assert_eq!(house.room_row("garden").await.code.as_deref(), Some("KICKED"));
    assert_eq!(house.refused(by_code(Some("TURNED".into()))).await, Refused::CodeUnknown);
}
