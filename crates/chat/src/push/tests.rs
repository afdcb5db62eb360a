//! Sealing by the example of RFC 8291, signing, and who is woken.

use super::choosing::wants;
use super::happened::Posted;
use super::seal::{Agreed, MOST, seal, sealed};
use super::vapid::{Vapid, new_key};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;
use store::members::Notify;
use store::pushes::{Recipient, Subscription};

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// RFC 8291, appendix A. What both sides agree on is given there, so that nothing here is drawn by chance.
#[test]
fn the_example_of_the_standard_is_sealed_as_it_says() {
    let shared = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
    let agreed = Agreed {
        shared: &shared,
        p256dh: &bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        auth: &bytes("BTBZMqHH6r4Tts7J_aSIgg"),
        public: &bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"),
        salt: bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap(),
    };
    let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
                    EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
    let found = sealed(&agreed, b"When I grow up, I want to be a watermelon").unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(found), expected);
}

#[test]
fn a_seal_needs_a_point_of_the_curve_and_has_a_limit() {
    let p256dh = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
    let auth = [7; 16];
    assert_eq!(seal(&p256dh, &auth, &[b'x'; MOST]).unwrap().len(), 4096);
    assert!(seal(&p256dh, &auth, &[b'x'; MOST + 1]).is_err());
    assert_ne!(seal(&p256dh, &auth, b"x").unwrap(), seal(&p256dh, &auth, b"x").unwrap());
    for wrong in [vec![4; 65], vec![0; 65], Vec::new(), p256dh[..64].to_vec()] {
        assert!(seal(&wrong, &auth, b"x").is_err());
    }
}

#[test]
fn the_key_signs_for_each_service_and_again_before_that_ends() {
    let kept = new_key().unwrap();
    let vapid = Vapid::new(&kept, Some("mailto:ada@example.org".into())).unwrap();
    let now = 1_700_000_000_000;
    let words = vapid.authorization("https://push.example", now).unwrap();
    let (token, key) = words.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(key, Vapid::new(&kept, None).unwrap().public());
    let (said, signature) = token.rsplit_once('.').unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes(key));
    public.verify(said.as_bytes(), &bytes(signature)).unwrap();
    let claims: Value = serde_json::from_slice(&bytes(said.split_once('.').unwrap().1)).unwrap();
    assert_eq!(claims["aud"], "https://push.example");
    assert_eq!(claims["sub"], "mailto:ada@example.org");
    assert_eq!(claims["exp"], now / 1000 + 12 * 3600);
    assert_eq!(vapid.authorization("https://push.example", now + 60_000).unwrap(), words);
    assert_ne!(vapid.authorization("https://other.example", now).unwrap(), words);
    assert_ne!(vapid.authorization("https://push.example", now + 11 * 3_600_000 + 1_000).unwrap(), words);
    assert!(Vapid::new(b"no key", None).is_err());
}

fn recipient(notify: Notify) -> Recipient {
    let (session, user) = ("s".into(), "ada".into());
    let subscription = Subscription { session, user, endpoint: String::new(), p256dh: Vec::new(), auth: Vec::new() };
    Recipient { subscription, notify, muted: None, read: 3 }
}

fn post(direct: bool, mentions: &[&str]) -> Posted {
    let mentions = mentions.iter().map(|name| (*name).to_owned()).collect();
    Posted { room: "garden".into(), seq: 4, direct, author: "bo".into(), mentions, all: false }
}

#[test]
fn each_level_wants_its_own() {
    use Notify::{All, Mentions, Nothing, Usual};
    let wanted = |notify, posted: &Posted| wants(&recipient(notify), posted, 1_000);
    let (plain, named, direct) = (post(false, &[]), post(false, &["ada"]), post(true, &[]));
    assert_eq!([Usual, All, Mentions, Nothing].map(|level| wanted(level, &plain)), [false, true, false, false]);
    assert_eq!([Usual, All, Mentions, Nothing].map(|level| wanted(level, &named)), [true, true, true, false]);
    assert_eq!([Usual, All, Mentions, Nothing].map(|level| wanted(level, &direct)), [true, true, false, false]);
    assert!(wanted(Usual, &Posted { all: true, ..post(false, &[]) }));
}

#[test]
fn nobody_is_woken_for_their_own_words_what_they_have_read_or_what_is_muted() {
    let named = post(false, &["ada"]);
    assert!(!wants(&recipient(Notify::All), &Posted { author: "ada".into(), ..post(true, &["ada"]) }, 1_000));
    assert!(!wants(&Recipient { read: 4, ..recipient(Notify::All) }, &named, 1_000));
    assert!(!wants(&Recipient { muted: Some(1_001), ..recipient(Notify::All) }, &named, 1_000));
    assert!(wants(&Recipient { muted: Some(1_000), ..recipient(Notify::All) }, &named, 1_000));
}
