//! Members: coming, going, being put out, roles, hiding.

use crate::house::{House, direct, join, kinds, leave, post, room};
use store::members::{MemberWrite, Role};
use store::messages::MessageKind;
use store::rooms::RoomKind;
use store::{Refused, Row, Write};

fn by_code(user: &str, code: &str) -> Write {
    Write::Member(MemberWrite::Join { user: user.into(), room: None, code: Some(code.into()) })
}

fn kick(user: &str, room: &str, by: &str) -> Write {
    Write::Member(MemberWrite::Kick { user: user.into(), room: room.into(), by: by.into(), code: "RENEWED".into() })
}

fn role(user: &str, room: &str, by: &str, role: Role) -> Write {
    Write::Member(MemberWrite::SetRole { user: user.into(), room: room.into(), by: by.into(), role })
}

fn hide(user: &str, room: &str) -> Write {
    Write::Member(MemberWrite::Hide { user: user.into(), room: room.into() })
}

pub async fn joining_posts_a_line_and_reads_it(house: &House) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada"]).await;
    house.say("garden", "ada", "hello").await;
    let (ack, told) = house.told(join("bo", "garden")).await;
    assert_eq!(ack.room.as_deref(), Some("garden"));
    assert_eq!(kinds(&told), ["message 2", "member bo member", "membership bo member"]);
    let Row::Message(line) = &told[0].row else { panic!("{told:?}") };
    assert_eq!((line.kind, line.author.as_deref(), line.time, line.n), (MessageKind::Join, Some("bo"), house.now(), 1));
    let member = house.member("garden", "bo").await;
    assert_eq!((member.read, member.unread, member.joined), (2, 0, house.now()));
    let room = house.room_row("garden").await;
    assert_eq!((room.members, room.head, room.count, room.head_time), (2, 2, 1, Some(house.now())));
    let Row::Membership { member: told_member, room: told_room } = &told[2].row else { panic!("{told:?}") };
    assert_eq!((told_member, told_room), (&member, &room));
    assert_eq!(house.refused(join("bo", "nowhere")).await, Refused::NoSuchRoom);
    assert_eq!(house.refused(join("nobody", "garden")).await, Refused::NoSuchUser);
    assert_eq!(house.room_row("garden").await, room);
}

pub async fn a_private_room_opens_by_its_code_alone(house: &House) {
    house.people(&["ada", "bo"]).await;
    house.write(room("attic", "ada", RoomKind::Private)).await.unwrap();
    assert_eq!(house.refused(join("bo", "attic")).await, Refused::NoSuchRoom);
    assert_eq!(house.refused(by_code("bo", "NOCODE")).await, Refused::CodeUnknown);
    let ack = house.write(by_code("bo", "ATTIC")).await.unwrap();
    assert_eq!(ack.room.as_deref(), Some("attic"));
    assert_eq!(house.role("attic", "bo").await, Some(Role::Member));
    house.write(join("bo", "attic")).await.unwrap();
}

pub async fn joining_twice_changes_nothing(house: &House) {
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    for write in [join("ada", "garden"), by_code("ada", "GARDEN")] {
        let (ack, told) = house.told(write).await;
        assert_eq!((ack.g, ack.room.as_deref(), told.len()), (0, Some("garden"), 0));
    }
}

pub async fn leaving_hands_the_room_on(house: &House) {
    house.people(&["ada", "bo", "cy", "di"]).await;
    house.room("garden", &["ada", "bo", "cy", "di"]).await;
    house.write(role("cy", "garden", "ada", Role::Moderator)).await.unwrap();
    let (_, told) = house.told(leave("ada", "garden")).await;
    assert_eq!(kinds(&told), ["message 4", "member ada gone", "membership ada gone", "member cy owner"]);
    assert_eq!(house.room_row("garden").await.members, 3);
    let (_, told) = house.told(leave("cy", "garden")).await;
    assert_eq!(kinds(&told), ["message 5", "member cy gone", "membership cy gone", "member bo owner"]);
    let (_, told) = house.told(leave("di", "garden")).await;
    assert_eq!(kinds(&told), ["message 6", "member di gone", "membership di gone"]);
    assert_eq!(house.refused(leave("di", "garden")).await, Refused::NotAMember);
    assert!(house.db.room_ids_of("di").await.unwrap().is_empty());
    let gone = house.member("garden", "di").await;
    assert_eq!((gone.role, gone.unread), (None, 0));
}

pub async fn the_last_to_leave_a_private_room_deletes_it(house: &House) {
    house.people(&["ada"]).await;
    house.write(room("attic", "ada", RoomKind::Private)).await.unwrap();
    let (_, told) = house.told(leave("ada", "attic")).await;
    assert_eq!(kinds(&told), ["room deleted", "membership ada gone"]);
    assert_eq!(house.db.room("attic").await.unwrap(), None);
}

pub async fn a_public_room_waits_for_its_next_owner(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada"]).await;
    house.write(leave("ada", "garden")).await.unwrap();
    assert_eq!(house.room_row("garden").await.members, 0);
    house.write(join("bo", "garden")).await.unwrap();
    house.write(join("cy", "garden")).await.unwrap();
    assert_eq!(house.role("garden", "bo").await, Some(Role::Owner));
    assert_eq!(house.role("garden", "cy").await, Some(Role::Member));
}

pub async fn a_kick_needs_a_higher_role(house: &House) {
    house.people(&["ada", "bo", "cy", "di"]).await;
    house.room("garden", &["ada", "bo", "cy"]).await;
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    assert_eq!(house.refused(kick("cy", "garden", "bo")).await, Refused::NotAllowed);
    house.write(role("bo", "garden", "ada", Role::Moderator)).await.unwrap();
    for (user, by) in [("ada", "bo"), ("bo", "bo"), ("ada", "ada"), ("bo", "cy")] {
        assert_eq!(house.refused(kick(user, "garden", by)).await, Refused::NotAllowed, "{user} by {by}");
    }
    assert_eq!(house.refused(kick("di", "garden", "ada")).await, Refused::NoSuchUser);
    assert_eq!(house.refused(kick("cy", "garden", "di")).await, Refused::NotAMember);
    assert_eq!(house.refused(kick("bo", "pair", "ada")).await, Refused::WrongKind);
    let (_, told) = house.told(kick("cy", "garden", "bo")).await;
    assert_eq!(kinds(&told), ["message 3", "member cy gone", "membership cy gone"]);
    let Row::Message(line) = &told[0].row else { panic!("{told:?}") };
    assert_eq!(line.kind, MessageKind::Kick);
    assert_eq!((line.author.as_deref(), line.subject.as_deref()), (Some("bo"), Some("cy")));
    assert_eq!(house.refused(post("garden", "cy", "hey")).await, Refused::NotAMember);
}

pub async fn rejoining_keeps_the_version(house: &House) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada", "bo"]).await;
    for text in ["one", "two", "three"] {
        house.say("garden", "ada", text).await;
    }
    house.write(crate::house::read("bo", "garden", 4)).await.unwrap();
    house.write(crate::house::read("bo", "garden", 2)).await.unwrap();
    let before = house.member("garden", "bo").await;
    assert_eq!((before.version, before.read, before.unread), (1, 2, 2));
    house.write(leave("bo", "garden")).await.unwrap();
    house.say("garden", "ada", "four").await;
    house.write(join("bo", "garden")).await.unwrap();
    let after = house.member("garden", "bo").await;
    assert_eq!((after.version, after.read, after.unread, after.joined), (1, 7, 0, house.now()));
    assert_eq!(after.role, Some(Role::Member));
}

pub async fn the_owner_gives_roles(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada", "bo"]).await;
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    assert_eq!(house.refused(role("ada", "garden", "bo", Role::Member)).await, Refused::NotAllowed);
    assert_eq!(house.refused(role("ada", "garden", "ada", Role::Member)).await, Refused::NotAllowed);
    assert_eq!(house.refused(role("cy", "garden", "ada", Role::Member)).await, Refused::NoSuchUser);
    assert_eq!(house.refused(role("ada", "garden", "cy", Role::Member)).await, Refused::NotAMember);
    assert_eq!(house.refused(role("bo", "pair", "ada", Role::Moderator)).await, Refused::WrongKind);
    let (ack, _) = house.told(role("bo", "garden", "ada", Role::Member)).await;
    assert_eq!(ack.g, 0);
    let (_, told) = house.told(role("bo", "garden", "ada", Role::Owner)).await;
    assert_eq!(kinds(&told), ["member bo owner", "member ada moderator"]);
    let roles = (house.role("garden", "ada").await, house.role("garden", "bo").await);
    assert_eq!(roles, (Some(Role::Moderator), Some(Role::Owner)));
    assert_eq!(house.room_row("garden").await.g, told[1].g);
}

pub async fn nobody_leaves_a_direct_room(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    assert_eq!(house.refused(leave("ada", "pair")).await, Refused::WrongKind);
    assert_eq!(house.refused(leave("cy", "pair")).await, Refused::NotAMember);
    assert_eq!(house.refused(join("cy", "pair")).await, Refused::NoSuchRoom);
    house.write(join("bo", "pair")).await.unwrap();
}

pub async fn a_hidden_direct_room_shows_itself_again(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada"]).await;
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    house.say("pair", "bo", "hi").await;
    assert_eq!(house.refused(hide("ada", "garden")).await, Refused::WrongKind);
    assert_eq!(house.refused(hide("cy", "pair")).await, Refused::NotAMember);
    let (_, told) = house.told(hide("ada", "pair")).await;
    assert_eq!(kinds(&told), ["read ada 0"]);
    let Row::Read { member, head, .. } = &told[0].row else { panic!("{told:?}") };
    assert_eq!((member.hidden, *head, member.unread), (Some(1), 1, 1));
    assert_eq!(house.told(hide("ada", "pair")).await.0.g, 0);
    assert_eq!(house.db.rooms_of("ada").await.unwrap().len(), 2);
    house.say("pair", "bo", "you there?").await;
    let (room, member) = house.db.member("pair", "ada").await.unwrap().unwrap();
    assert!(Some(room.head) > member.hidden);
    house.write(hide("ada", "pair")).await.unwrap();
    let (ack, told) = house.told(direct("again", &["ada", "bo"])).await;
    assert_eq!((ack.room.as_deref(), kinds(&told)), (Some("pair"), vec!["read ada 0".to_owned()]));
    assert_eq!(house.member("pair", "ada").await.hidden, None);
}

pub async fn members_are_paged(house: &House) {
    house.people(&["ada", "bo", "cy", "di"]).await;
    house.room("garden", &["di", "cy", "bo", "ada"]).await;
    house.write(leave("bo", "garden")).await.unwrap();
    let page = async |after: Option<&str>, limit: usize| -> Vec<String> {
        let rows = house.db.members("garden", after, limit).await.unwrap();
        rows.into_iter().map(|member| member.user).collect()
    };
    assert_eq!(page(None, 2).await, ["ada", "cy"]);
    assert_eq!(page(Some("cy"), 2).await, ["di"]);
    assert!(page(Some("di"), 2).await.is_empty());
}
