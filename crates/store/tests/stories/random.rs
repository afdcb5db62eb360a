//! A long afternoon of arbitrary writes, watched by copies that listen live and copies that catch up.

use crate::house::{House, begin, call, delete, direct, hide, join, leave, mentioning, pin, react, read, room, save};
use crate::replica::Replica;
use crate::sessions::start;
use std::collections::BTreeMap;
use store::accounts::AccountWrite;
use store::members::{MemberWrite, Role};
use store::messages::{Anchor, MessageKind, MessageRow, MessageWrite};
use store::rooms::{History, RoomKind, RoomWrite};
use store::sync::Since;
use store::{Error, G, Row, Seq, Write};

const PEOPLE: [&str; 5] = ["ada", "bo", "cy", "di", "ed"];
const ROOMS: [&str; 4] = ["attic", "cellar", "garden", "pair"];

/// Numbers that are the same on every run (SplitMix64, Steele et al. 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len() as u64) as usize]
    }

    /// Any write, possible or not.
    fn write(&mut self, number: u64) -> Write {
        let (user, other, room) = (self.pick(&PEOPLE), self.pick(&PEOPLE), self.pick(&ROOMS));
        let seq: Seq = self.roll(40);
        let text = format!("text {number}");
        match self.roll(32) {
            0..8 => mentioning(room, user, &text, &[other, self.pick(&PEOPLE)]),
            8..10 => Write::Message(MessageWrite::Edit {
                room: room.into(),
                seq,
                by: user.into(),
                text,
                mentions: vec![other.into()],
                all: self.roll(3) == 0,
                expected: None,
            }),
            10..12 => delete(room, seq, user),
            12 => hide(room, seq, user),
            13..16 => read(user, room, seq),
            16 => join(user, room),
            17 => {
                let code = Some(room.to_uppercase());
                Write::Member(MemberWrite::Join { user: user.into(), room: None, code })
            }
            18 => leave(user, room),
            19 => {
                let role = [Role::Member, Role::Moderator, Role::Owner][self.roll(3) as usize];
                let (user, by) = (user.into(), other.into());
                Write::Member(MemberWrite::SetRole { user, room: room.into(), by, role })
            }
            20 => Write::Member(MemberWrite::Kick {
                user: user.into(),
                room: room.into(),
                by: other.into(),
                code: room.to_uppercase(),
            }),
            21 => Write::Member(MemberWrite::Hide { user: user.into(), room: room.into() }),
            22 => self.change_room(room, user, text),
            23..26 => react(room, seq, user, ["+", "-", "!"][self.roll(3) as usize], self.roll(3) > 0),
            26 => pin(room, seq, user, self.roll(3) > 0),
            27 => save(room, seq, user, self.roll(3) > 0),
            28..30 => begin(user, room, if self.roll(3) > 0 { &text } else { "" }),
            30 => call(room, user, &[other]),
            _ => Write::Account(AccountWrite::Profile {
                user: user.into(),
                display_name: None,
                status: Some(text),
                status_until: None,
                do_not_disturb: None,
                time_zone: None,
            }),
        }
    }

    fn change_room(&mut self, room: &str, by: &str, text: String) -> Write {
        let (room, by) = (room.to_owned(), by.to_owned());
        Write::Room(match self.roll(6) {
            0 => RoomWrite::RenewCode { room, by, code: text },
            1 => RoomWrite::Delete { room, by },
            2 => {
                let (kind, history) = (Some(RoomKind::Private), Some(History::Joined));
                let code = room.to_uppercase();
                RoomWrite::Update { room, by, name: None, topic: None, kind, history, code }
            }
            3 => {
                let kind = Some(RoomKind::Public);
                RoomWrite::Update { room, by, name: None, topic: None, kind, history: None, code: text }
            }
            number => {
                let (name, topic) = if number == 4 { (Some(text), None) } else { (None, Some(text)) };
                RoomWrite::Update { room, by, name, topic, kind: None, history: None, code: String::new() }
            }
        })
    }
}

async fn set_up(house: &House) {
    house.people(&PEOPLE).await;
    house.room("garden", &["ada", "bo", "cy"]).await;
    house.room("cellar", &["di", "ada"]).await;
    house.write(room("attic", "bo", RoomKind::Public)).await.unwrap();
    house.write(direct("pair", &["ada", "ed"])).await.unwrap();
    house.write(start("one", "ada")).await.unwrap();
}

/// Whether it was accepted.
async fn write(house: &House, write: Write) -> bool {
    match house.write(write.clone()).await {
        Ok(_) => true,
        Err(Error::Refused(_)) => false,
        Err(error) => panic!("{write:?}: {error}"),
    }
}

fn since(user: &str, g: G) -> Since {
    Since::new(user, g, vec![], 10_000, 0)
}

pub async fn replicas_converge_from_every_cursor(house: &House) {
    set_up(house).await;
    let mut dice = Dice(7);
    let mut live: Vec<Replica> = PEOPLE.iter().map(|user| Replica::of(user)).collect();
    let mut asleep: Vec<(G, Replica)> = Vec::new();
    let (mut heard, mut accepted) = (0, 0);
    for number in 0..1200 {
        accepted += usize::from(write(house, dice.write(number)).await);
        for change in &house.sink.all()[heard..] {
            live.iter_mut().for_each(|replica| replica.hear(change));
            heard += 1;
        }
        for replica in &mut live {
            fetch_touched(house, replica).await;
        }
        if number % 30 == 0 {
            let g = house.g().await;
            asleep.extend(live.iter().map(|replica| (g, replica.clone())));
        }
    }
    assert!(accepted > 300, "{accepted}");
    for (g, mut sleeper) in asleep {
        let awake = live.iter().find(|replica| replica.user == sleeper.user).unwrap();
        sleeper.catch_up(&house.db.missed(since(&sleeper.user, g)).await.unwrap());
        assert_eq!(sleeper.as_known_since(g), awake.as_known_since(g), "{} since {g}", awake.user);
    }
    for replica in &live {
        compare_with_tables(house, replica).await;
    }
}

/// Asks for the messages of which a copy was told only that they changed.
async fn fetch_touched(house: &House, replica: &mut Replica) {
    for (room, seq) in std::mem::take(&mut replica.touched) {
        let now = house.db.message(&room, seq, &replica.user).await.unwrap();
        if let (Some(now), Some(held)) = (now, replica.rooms.get_mut(&room)) {
            held.messages.insert(seq, now);
        }
    }
}

/// What a live copy holds is what the questions answer.
async fn compare_with_tables(house: &House, replica: &Replica) {
    let user = &replica.user;
    let rooms = house.db.rooms_of(user).await.unwrap();
    assert_eq!(rooms.len(), replica.rooms.len());
    for (room, member) in rooms {
        let held = &replica.rooms[&room.id];
        assert_eq!((room.head, room.name), (held.head, held.face.0.clone()));
        assert_eq!((member.read, member.version, member.hidden, member.own_gv), held.own);
        let page = house.db.page(&room.id, user, Anchor::Newest, 10_000).await.unwrap();
        let shown = page.messages.into_iter().filter(|message| held.messages.contains_key(&message.seq));
        assert_eq!(shown.collect::<Vec<_>>(), held.messages.values().cloned().collect::<Vec<_>>());
    }
    for (id, row) in &replica.users {
        assert_eq!(house.db.user(id).await.unwrap().as_ref(), Some(row));
    }
}

/// So many arbitrary writes, possible or not.
pub async fn afternoon(house: &House, writes: u64) {
    set_up(house).await;
    let mut dice = Dice(3);
    for number in 0..writes {
        write(house, dice.write(number)).await;
    }
}

pub async fn unread_is_exact(house: &House) {
    set_up(house).await;
    let (mut dice, mut accepted) = (Dice(11), 0);
    for number in 0..500 {
        let before = house.sink.all().len();
        accepted += usize::from(write(house, dice.write(number)).await);
        for change in &house.sink.all()[before..] {
            if let Row::Read { member, .. } | Row::Membership { member, .. } = &change.row
                && member.role.is_some()
            {
                let now = house.db.room_for(&member.room, &member.user).await.unwrap().unwrap().1.unwrap();
                assert_eq!((member.unread, member.mentions), (now.unread, now.mentions), "{change:?}");
            }
        }
        if number % 10 == 0 {
            for user in PEOPLE {
                count_by_hand(house, user).await;
            }
        }
    }
    assert!(accepted > 150, "{accepted}");
}

/// What was ever said in a room, hidden or not: as it was told, and as any of the people is shown it now.
async fn history(house: &House, room: &str) -> BTreeMap<Seq, MessageRow> {
    let told = house.sink.all().into_iter().filter_map(|change| match change.row {
        Row::Message(message) if message.room == room => Some((message.seq, message)),
        _ => None,
    });
    let mut messages: BTreeMap<Seq, MessageRow> = told.collect();
    for user in PEOPLE {
        let page = house.db.page(room, user, Anchor::After(0), 10_000).await.unwrap();
        messages.extend(page.messages.into_iter().map(|message| (message.seq, message)));
    }
    messages
}

async fn count_by_hand(house: &House, user: &str) {
    let mut totals = (0, 0);
    for (room, member) in house.db.rooms_of(user).await.unwrap() {
        let history = history(house, &room.id).await;
        let after = history.into_values().filter(|message| message.seq > member.read).collect::<Vec<_>>();
        let counted = || after.iter().filter(|m| m.kind == MessageKind::Text && !m.deleted);
        let unread = counted().count() as u64;
        let mentions =
            counted().filter(|m| m.all || m.mentions.iter().any(|mentioned| mentioned == user)).count() as u64;
        assert_eq!((member.unread, member.mentions), (unread, mentions), "{user} in {} from {}", room.id, member.read);
        totals = (totals.0 + unread, totals.1 + mentions);
    }
    assert_eq!(house.db.totals(user).await.unwrap(), totals);
}
