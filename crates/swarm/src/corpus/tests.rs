//! Rooms are weighted as in the file, and by their rank without one.

use super::*;

const LINES: &str = r#"{"room": "quiet", "text": "hm"}
{"room": "busy", "text": "one"}
{"room": "busy", "text": "two"}
{"room": "busy", "text": "three"}
"#;

#[test]
fn the_busiest_room_comes_first_with_its_share_and_its_texts() {
    let topics = spread_over(&parse(LINES.as_bytes()).expect("good lines"), 2);
    assert_eq!((topics[0].weight, topics[1].weight), (0.75, 0.25));
    assert_eq!(*topics[0].texts, ["one", "two", "three"]);
    assert!(parse("{}".as_bytes()).is_err());
}

#[test]
fn more_rooms_than_the_file_has_repeat_its_shares() {
    let topics = spread_over(&parse(LINES.as_bytes()).expect("good lines"), 4);
    assert_eq!((topics[2].weight, topics[3].weight), (0.375, 0.125));
}

#[test]
fn without_a_file_ten_of_521_rooms_carry_half() {
    let topics = spread_over(&[], 521);
    let first: f64 = topics[..10].iter().map(|topic| topic.weight).sum();
    assert!((0.45..0.6).contains(&first), "{first}");
}
