//! Accounts: made once, found by name, changed, shut out.

use crate::house::{House, account, kinds};
use crate::sessions::start;
use store::accounts::{AccountWrite, Admission, Standing};
use store::invitations::InvitationWrite;
use store::{Refused, Row, Write};

fn named(id: &str, name_key: &str, skeleton: &str) -> Write {
    let Write::Account(AccountWrite::Create {
        username, display_name, time_zone, standing, password, admission, ..
    }) = account(id)
    else {
        panic!("not an account")
    };
    let (id, name_key, skeleton) = (id.to_owned(), name_key.to_owned(), skeleton.to_owned());
    Write::Account(AccountWrite::Create {
        id,
        username,
        name_key,
        skeleton,
        display_name,
        time_zone,
        standing,
        password,
        admission,
    })
}

fn profile(user: &str, display_name: Option<&str>, status: Option<&str>) -> Write {
    Write::Account(AccountWrite::Profile {
        user: user.into(),
        display_name: display_name.map(str::to_owned),
        status: status.map(str::to_owned),
        status_until: None,
        do_not_disturb: None,
        time_zone: None,
    })
}

fn disable(user: &str, disabled: bool) -> Write {
    Write::Account(AccountWrite::Disable { user: user.into(), disabled })
}

fn ids(rows: Vec<store::accounts::UserRow>) -> Vec<String> {
    rows.into_iter().map(|row| row.id).collect()
}

pub async fn an_account_is_made_and_found(house: &House) {
    let (ack, told) = house.told(account("ada")).await;
    assert_eq!((ack.g, ack.at, ack.user.as_deref()), (1, house.now(), Some("ada")));
    let row = house.db.user("ada").await.unwrap().unwrap();
    assert_eq!((&*row.username, &*row.display_name, &*row.status), ("ada", "ADA", ""));
    assert_eq!((row.created, row.gv, row.disabled, row.has_password), (house.now(), 1, false, true));
    assert!(matches!(&told[..], [change] if matches!(&change.row, Row::User(user) if *user == row)), "{told:?}");
    assert_eq!(house.db.user("bo").await.unwrap(), None);

    let (credentials, password) = house.db.credentials("ada").await.unwrap().unwrap();
    assert_eq!((credentials, password.as_deref()), (row.clone(), Some("$argon2id$")));
    assert!(house.db.credentials("bo").await.unwrap().is_none());
    assert_eq!(house.db.users(&["bo".into(), "ada".into()]).await.unwrap(), [row]);
    let named = house.db.users_named(&["ada".into(), "nobody".into()]).await.unwrap();
    assert_eq!(named, [("ada".to_owned(), "ada".to_owned())]);
}

pub async fn names_and_look_alikes_are_taken_once(house: &House) {
    house.write(named("ada", "ada", "ada")).await.unwrap();
    assert_eq!(house.refused(named("other", "ada", "new")).await, Refused::NameTaken);
    assert_eq!(house.refused(named("other", "àda", "ada")).await, Refused::NameTaken);
    assert_eq!(house.db.user("other").await.unwrap(), None);
    house.write(named("other", "bo", "bo")).await.unwrap();
}

pub async fn an_invitation_gives_its_standing_once(house: &House) {
    let invite = InvitationWrite::Create {
        id: "inv".into(),
        code_hash: vec![7; 32],
        standing: Standing::Admin,
        uses: 1,
        expires: house.now() + 60_000,
    };
    house.write(Write::Invitation(invite)).await.unwrap();
    let by_invitation = |id: &str, code: u8| {
        let Write::Account(mut create) = account(id) else { panic!("not an account") };
        let AccountWrite::Create { admission, .. } = &mut create else { panic!("not a new account") };
        *admission = Admission::Invitation { code_hash: vec![code; 32] };
        Write::Account(create)
    };
    assert_eq!(house.refused(by_invitation("ada", 8)).await, Refused::InvitationInvalid);
    // A name that is taken does not use the invitation up.
    house.people(&["bo"]).await;
    assert_eq!(house.refused(by_invitation("bo", 7)).await, Refused::NameTaken);
    house.write(by_invitation("ada", 7)).await.unwrap();
    assert_eq!(house.db.user("ada").await.unwrap().unwrap().standing, Standing::Admin);
    assert_eq!(house.refused(by_invitation("cy", 7)).await, Refused::InvitationInvalid);
}

pub async fn a_profile_changes_what_is_named(house: &House) {
    house.people(&["ada"]).await;
    let (ack, told) = house.told(profile("ada", None, Some("out for lunch"))).await;
    assert_eq!(kinds(&told), ["user ada"]);
    let row = house.db.user("ada").await.unwrap().unwrap();
    assert_eq!((&*row.display_name, &*row.status, &*row.time_zone), ("ADA", "out for lunch", "Europe/Berlin"));
    assert_eq!(row.gv, ack.g);
    let (ack, told) = house.told(profile("ada", Some("ADA"), None)).await;
    assert_eq!((ack.g, told.len()), (0, 0));
}

pub async fn a_password_ends_the_other_sessions(house: &House) {
    house.people(&["ada"]).await;
    for session in ["one", "two", "three"] {
        house.write(start(session, "ada")).await.unwrap();
    }
    let password = |keep: &str| AccountWrite::Password {
        user: "ada".into(),
        password: "$new$".into(),
        keep: Some(keep.to_owned()),
    };
    let (_, told) = house.told(Write::Account(password("two"))).await;
    assert_eq!(kinds(&told), ["ended one", "ended three"]);
    let left: Vec<_> = house.db.sessions_of("ada").await.unwrap().into_iter().map(|session| session.id).collect();
    assert_eq!(left, ["two"]);
    assert_eq!(house.db.credentials("ada").await.unwrap().unwrap().1.as_deref(), Some("$new$"));
}

pub async fn a_disabled_account_is_shut_out(house: &House) {
    house.people(&["ada"]).await;
    house.write(start("one", "ada")).await.unwrap();
    let (_, told) = house.told(disable("ada", true)).await;
    assert_eq!(kinds(&told), ["user ada", "ended one"]);
    assert!(house.db.user("ada").await.unwrap().unwrap().disabled);
    assert_eq!(house.refused(start("two", "ada")).await, Refused::NoSuchUser);
    assert!(house.db.search_users("", None, 10).await.unwrap().is_empty());
    let (ack, _) = house.told(disable("ada", true)).await;
    assert_eq!(ack.g, 0);
    house.write(disable("ada", false)).await.unwrap();
    house.write(start("two", "ada")).await.unwrap();
}

pub async fn people_are_searched_by_name_and_display_name(house: &House) {
    house.people(&["ada", "adele", "bo", "cy", "ägir"]).await;
    house.write(profile("cy", Some("Adrian"), None)).await.unwrap();
    house.write(profile("bo", Some("Östen"), None)).await.unwrap();
    house.write(profile("ada", Some("100%_\\"), None)).await.unwrap();
    let search = async |query: &str, after: Option<&str>, limit: usize| {
        ids(house.db.search_users(query, after, limit).await.unwrap())
    };
    assert_eq!(search("", None, 10).await, ["ada", "adele", "bo", "cy", "ägir"]);
    assert_eq!(search("ad", None, 10).await, ["ada", "adele", "cy"]);
    assert_eq!(search("AD", Some("ada"), 10).await, ["adele", "cy"]);
    assert_eq!(search("ad", Some("ada"), 1).await, ["adele"]);
    assert_eq!(search("", Some("bo"), 1).await, ["cy"]);
    assert_eq!(search("ÖS", None, 10).await, ["bo"]);
    assert_eq!(search("Ä", None, 10).await, ["ägir"]);
    for literal in ["%", "_", "a_a", "\\"] {
        assert!(search(literal, None, 10).await.is_empty(), "{literal}");
    }
    assert_eq!(search("100%_\\", None, 10).await, ["ada"]);
}

pub async fn everybody_is_listed_in_pages(house: &House) {
    house.people(&["bo", "ada", "cy"]).await;
    house.write(disable("bo", true)).await.unwrap();
    assert_eq!(ids(house.db.all_users(None, 2).await.unwrap()), ["ada", "bo"]);
    assert_eq!(ids(house.db.all_users(Some("bo"), 2).await.unwrap()), ["cy"]);
}

pub async fn an_administrator_is_known(house: &House) {
    house.people(&["ada"]).await;
    assert!(!house.db.has_admin().await.unwrap());
    let Write::Account(mut create) = account("root") else { panic!("not an account") };
    let AccountWrite::Create { standing, .. } = &mut create else { panic!("not a new account") };
    *standing = Standing::Admin;
    house.write(Write::Account(create)).await.unwrap();
    assert!(house.db.has_admin().await.unwrap());
    house.write(disable("root", true)).await.unwrap();
    assert!(!house.db.has_admin().await.unwrap());
}

pub async fn nobody_changes_an_account_that_is_not_there(house: &House) {
    let password = AccountWrite::Password { user: "ada".into(), password: "x".into(), keep: None };
    for write in [profile("ada", None, None), disable("ada", true), Write::Account(password), start("one", "ada")] {
        assert_eq!(house.refused(write).await, Refused::NoSuchUser);
    }
}

pub async fn a_status_ends_when_it_is_over(house: &House) {
    house.people(&["ada", "bo"]).await;
    let quiet = |user: &str, status: Option<&str>, status_until, do_not_disturb| {
        Write::Account(AccountWrite::Profile {
            user: user.into(),
            display_name: None,
            status: status.map(str::to_owned),
            status_until,
            do_not_disturb,
            time_zone: None,
        })
    };
    let until = |user: &str, status: Option<&str>, end| quiet(user, status, end, None);
    let end = house.now() + 60_000;
    house.write(quiet("ada", Some("out"), Some(end), Some(true))).await.unwrap();
    house.write(until("bo", Some("here"), Some(end + 600_000))).await.unwrap();
    assert_eq!(house.db.next_status_end().await.unwrap(), Some(end));
    assert_eq!(house.told(Write::Account(AccountWrite::EndStatuses)).await.0.g, 0);
    // Another status has no end; an end alone is one for the status that there is.
    house.write(until("bo", Some("there"), None)).await.unwrap();
    assert_eq!(house.db.user("bo").await.unwrap().unwrap().status_until, None);
    house.write(until("bo", None, Some(end + 600_000))).await.unwrap();
    for _ in 0..61 {
        house.tick();
    }
    let (_, told) = house.told(Write::Account(AccountWrite::EndStatuses)).await;
    assert_eq!(kinds(&told), ["user ada"]);
    let ada = house.db.user("ada").await.unwrap().unwrap();
    assert_eq!((ada.status.as_str(), ada.status_until, ada.do_not_disturb), ("", None, false));
    assert_eq!(house.db.next_status_end().await.unwrap(), Some(end + 600_000));
    // What is over already is no status.
    house.write(until("bo", Some("late"), Some(end))).await.unwrap();
    assert_eq!(house.db.user("bo").await.unwrap().unwrap().status, "");
    // Who is not to be disturbed needs no words for it, and it ends as well.
    house.write(quiet("ada", None, Some(end + 600_000), Some(true))).await.unwrap();
    let ada = house.db.user("ada").await.unwrap().unwrap();
    assert_eq!((ada.status_until, ada.do_not_disturb), (Some(end + 600_000), true));
    house.write(quiet("ada", None, None, Some(false))).await.unwrap();
    assert!(!house.db.user("ada").await.unwrap().unwrap().do_not_disturb);
    assert_eq!(house.db.next_status_end().await.unwrap(), None);
}
