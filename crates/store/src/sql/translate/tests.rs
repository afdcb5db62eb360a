//! What PostgreSQL is asked in place of what SQLite is asked.

use super::for_postgres;

#[track_caller]
fn becomes(sql: &str, postgres: &str) {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(&for_postgres(sql)), words(postgres));
}

#[test]
fn parameters_are_numbered_with_dollars() {
    becomes("SELECT 1 FROM rooms WHERE id = ?1 AND head > ?12", "SELECT 1 FROM rooms WHERE id = $1 AND head > $12");
}

#[test]
fn the_word_user_is_quoted_where_it_is_a_column() {
    becomes(
        "SELECT m.user, users FROM members m, users u WHERE user = 'user' AND \"user\" = user_id",
        "SELECT m.\"user\", users FROM members m, users u WHERE \"user\" = 'user' AND \"user\" = user_id",
    );
}

#[test]
fn advice_for_the_planner_is_left_out() {
    becomes(
        "SELECT 1 FROM members m CROSS JOIN rooms r ON r.id = m.room ORDER BY m.seq",
        "SELECT 1 FROM members m JOIN rooms r ON r.id = m.room ORDER BY m.seq",
    );
    becomes(
        "SELECT 1 FROM messages a INDEXED BY messages_pinned WHERE a.room = ?1 ORDER BY a.seq",
        "SELECT 1 FROM messages a WHERE a.room = $1 ORDER BY a.seq",
    );
}

#[test]
fn functions_have_their_other_names() {
    becomes("instr(r.name_fold, ?4) > 0", "strpos(r.name_fold, $4) > 0");
}

#[test]
fn texts_stay_as_they_are() {
    becomes("text <> '' AND a = 'who? me, ?1 CROSS instr'", "text <> '' AND a = 'who? me, ?1 CROSS instr'");
    becomes("größer ∧ kleiner", "größer ∧ kleiner");
}
