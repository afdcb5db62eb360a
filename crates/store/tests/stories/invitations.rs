//! Invitations: used up, expired, revoked, replaced.

use crate::house::House;
use store::accounts::Standing;
use store::invitations::InvitationWrite;
use store::{Millis, Refused, Write};

fn create(id: &str, uses: u32, expires: Millis) -> Write {
    let (id, code_hash) = (id.to_owned(), id.as_bytes().to_vec());
    Write::Invitation(InvitationWrite::Create { id, code_hash, standing: Standing::Member, uses, expires })
}

fn setup(id: &str, expires: Millis) -> Write {
    Write::Invitation(InvitationWrite::Setup { id: id.into(), code_hash: id.as_bytes().to_vec(), expires })
}

async fn usable(house: &House, now: Millis) -> Vec<(String, u32)> {
    let rows = house.db.invitations(now).await.unwrap();
    rows.into_iter().map(|row| (row.id, row.uses)).collect()
}

fn by_invitation(id: &str, invitation: &str) -> Write {
    let Write::Account(mut create) = crate::house::account(id) else { panic!("not an account") };
    let store::accounts::AccountWrite::Create { admission, .. } = &mut create else { panic!("not a new account") };
    *admission = store::accounts::Admission::Invitation { code_hash: invitation.as_bytes().to_vec() };
    Write::Account(create)
}

pub async fn invitations_are_used_up(house: &House) {
    let later = house.now() + 1_000_000;
    house.write(create("twice", 2, later)).await.unwrap();
    house.write(create("once", 1, later)).await.unwrap();
    assert_eq!(usable(house, house.now()).await, [("once".into(), 1), ("twice".into(), 2)]);
    house.write(by_invitation("ada", "once")).await.unwrap();
    house.write(by_invitation("bo", "twice")).await.unwrap();
    assert_eq!(usable(house, house.now()).await, [("twice".into(), 1)]);
    assert!(house.db.invitation_holds(b"twice", house.now()).await.unwrap());
    assert!(!house.db.invitation_holds(b"once", house.now()).await.unwrap());
    assert!(!house.db.invitation_holds(b"never", house.now()).await.unwrap());
}

pub async fn invitations_expire(house: &House) {
    let expires = house.now() + 2_500;
    house.write(create("short", 5, expires)).await.unwrap();
    assert!(house.db.invitation_holds(b"short", expires - 1).await.unwrap());
    assert!(!house.db.invitation_holds(b"short", expires).await.unwrap());
    assert!(usable(house, expires).await.is_empty());
    house.write(by_invitation("ada", "short")).await.unwrap();
    assert_eq!(house.refused(by_invitation("bo", "short")).await, Refused::InvitationInvalid);
}

pub async fn a_revoked_invitation_is_gone(house: &House) {
    house.write(create("code", 5, house.now() + 60_000)).await.unwrap();
    let revoke = || Write::Invitation(InvitationWrite::Revoke { id: "code".into() });
    house.write(revoke()).await.unwrap();
    assert!(!house.db.invitation_holds(b"code", house.now()).await.unwrap());
    assert_eq!(house.refused(revoke()).await, Refused::NoSuchInvitation);
}

pub async fn one_of_several_setups_ends_all(house: &House) {
    let later = house.now() + 60_000;
    house.write(create("other", 1, later)).await.unwrap();
    for number in 0..18 {
        house.write(setup(&format!("start {number}"), later)).await.unwrap();
    }
    assert_eq!(usable(house, house.now()).await.len(), 17, "the newest sixteen, and the other");
    assert!(!house.db.invitation_holds(b"start 1", house.now()).await.unwrap());
    house.write(by_invitation("root", "start 2")).await.unwrap();
    assert_eq!(house.db.user("root").await.unwrap().unwrap().standing, Standing::Admin);
    assert_eq!(usable(house, house.now()).await, [("other".into(), 1)]);
    assert_eq!(house.refused(by_invitation("mallory", "start 17")).await, Refused::InvitationInvalid);
}

pub async fn setup_ends_once_there_is_an_administrator(house: &House) {
    let later = house.now() + 60_000;
    house.write(setup("first", later)).await.unwrap();
    house.write(create("guest", 1, later)).await.unwrap();
    house.write(Write::Invitation(InvitationWrite::EndSetup)).await.unwrap();
    assert!(!house.db.invitation_holds(b"first", house.now()).await.unwrap());
    assert!(house.db.invitation_holds(b"guest", house.now()).await.unwrap(), "an ordinary invitation stays");
}
