//! Stories that every engine has to tell the same way, and a few that only one can.
//!
//! A story takes a [`house::House`]: a fresh database with a sink that records. Every engine runs the same list.

// In a story everything that is not refused has to work.
#![allow(clippy::unwrap_used)]

mod accounts;
mod cids;
mod copies;
mod engine;
mod groups;
mod history;
mod house;
mod import;
mod invitations;
mod marks;
mod members;
mod messages;
mod nodes;
mod outages;
mod proxy;
mod pushes;
mod random;
mod reads;
mod replica;
mod rooms;
mod server;
mod sessions;
mod sync;
mod tombstones;

/// Runs each story on a fresh database of each engine, and checks the chains of what it told.
macro_rules! on_both {
    ($($module:ident :: { $($story:ident),* $(,)? })*) => {
        mod sqlite {$(
            mod $module {
                use std::sync::Arc;
                $(
                #[tokio::test]
                async fn $story() {
                    let house = Arc::new(crate::house::House::on_sqlite().await);
                    crate::$module::$story(&house).await;
                    house.check_chains();
                }
                )*
            }
        )*}

        mod postgres {$(
            mod $module {
                use std::sync::Arc;
                $(
                #[tokio::test]
                async fn $story() {
                    let Some(house) = crate::house::House::on_postgres().await else { return };
                    let house = Arc::new(house);
                    crate::$module::$story(&house).await;
                    house.check_chains();
                    crate::nodes::check_outbox(&house).await;
                }
                )*
            }
        )*}
    };
}

on_both! {
       accounts::{
           an_account_is_made_and_found, names_and_look_alikes_are_taken_once, an_invitation_gives_its_standing_once,
           a_profile_changes_what_is_named, a_password_ends_the_other_sessions, a_disabled_account_is_shut_out,
           people_are_searched_by_name_and_display_name, everybody_is_listed_in_pages, an_administrator_is_known,
           nobody_changes_an_account_that_is_not_there, a_status_ends_when_it_is_over,
       }
       sessions::{
           a_session_is_found_by_its_token, a_session_ends_for_its_owner_only, seeing_moves_time_only_forward,
           old_sessions_expire,
       }
       invitations::{
           invitations_are_used_up, invitations_expire, a_revoked_invitation_is_gone, one_of_several_setups_ends_all, setup_ends_once_there_is_an_administrator,
       }
       rooms::{
           a_public_room_is_listed, a_private_room_is_not_listed, a_direct_room_is_one_for_its_people_and_subject,
           a_direct_room_needs_real_people, an_update_posts_lines, a_room_turns_private_and_public_again,
           only_moderators_change_a_room, a_renewed_code_ends_the_old_one, a_deleted_room_is_gone_for_all,
           only_the_owner_deletes, public_rooms_are_paged_by_folded_name, who_was_put_out_cannot_come_back_by_the_old_code,
       }
       members::{
           joining_posts_a_line_and_reads_it, a_private_room_opens_by_its_code_alone, joining_twice_changes_nothing,
           leaving_hands_the_room_on, the_last_to_leave_a_private_room_deletes_it,
           a_public_room_waits_for_its_next_owner, a_kick_needs_a_higher_role, rejoining_keeps_the_version,
           the_owner_gives_roles, nobody_leaves_a_direct_room, a_hidden_direct_room_shows_itself_again,
           members_are_paged,
       }
       messages::{
        the_newest_hundred_former_texts_are_kept,
           a_message_is_posted, only_members_post, an_answer_needs_its_message, mentions_are_of_members,
           an_edit_keeps_the_former_text, an_edit_is_refused, a_deletion_leaves_a_tombstone,
           a_deletion_is_refused, a_message_is_hidden_for_one, history_is_paged,
           pages_leave_out_what_is_hidden,
       }
       reads::{
           unread_counts_what_others_said, lines_are_not_counted, deletions_are_not_counted, reading_back_raises_the_version,
           reading_is_refused_to_strangers, totals_are_over_all_rooms, mentions_are_counted_until_read, a_long_history_is_counted_exactly,
       }
       sync::{
           a_new_device_gets_memberships_and_tails, a_cursor_gets_what_changed, many_messages_are_a_gap,
large_messages_are_a_gap_with_a_short_tail,
           a_room_joined_since_is_a_membership, a_room_left_since_is_forgotten, strangers_get_nothing,
           own_rows_come_back, the_epoch_stays,
       }
       cids::{
           a_repeat_answers_as_the_first_time, the_same_cid_with_another_input_is_refused, a_cid_is_for_one_command, a_cid_is_each_users_own,
           a_refused_intention_can_be_tried_again, the_house_has_cids_too, intentions_are_forgotten_after_a_month,
       }
       groups::{
           many_at_once_are_told_in_groups_and_in_order, a_refused_write_does_not_touch_its_group, posts_come_through_a_group_that_is_applied_twice, a_collision_is_internal_and_harms_nobody_else, writes_apply_in_the_order_of_their_handing_over, a_commit_says_where_each_of_its_rooms_stands_and_whom_a_change_concerns,
       }
       import::{
           lines_are_appended_once, rooms_and_people_are_found_again, authors_become_members_who_read_all,
           an_import_tells_nothing, look_alikes_are_refused,
       }
       marks::{
           reactions_stand_in_order_of_first_use, fifty_are_named_and_all_are_counted, a_room_has_a_hundred_pins,
           what_is_saved_is_listed_while_it_can_be_seen, a_draft_is_one_for_a_room, settings_are_put_beside_those_there_are,
           a_call_to_all_counts_once_for_everybody,
           a_mere_member_does_not_call_a_crowd,
       }
       pushes::{
           each_room_has_its_notices, a_subscription_is_its_sessions, nobody_has_more_than_ten_subscriptions,
           those_who_want_everything_are_found, what_was_sent_is_known_until_it_is_read, the_key_is_made_once,
           a_commit_says_what_was_posted_in_it,
       }
       history::{
           who_joins_sees_what_comes, what_is_older_cannot_be_touched, a_change_of_what_some_may_not_see_tells_only_that,
           only_a_private_room_hides_its_past,
       }
       tombstones::{ what_is_gone_for_long_is_forgotten, a_deleted_room_goes_in_bites, an_older_cursor_starts_over }
       random::{ replicas_converge_from_every_cursor, unread_is_exact }
   }
