//! What a line of a conversation says, understood.

/// One line.
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) words: String,
    pub(super) act: Act,
}

pub(super) enum Act {
    Scenery(Scenery),
    /// Somebody gives a command and is answered.
    Does {
        who: String,
        room: Option<String>,
        deed: Deed,
    },
    /// Somebody gives a command and is refused with a code; `detail` is a further field and its value.
    Refused {
        code: String,
        detail: Option<(String, String)>,
        who: String,
        room: Option<String>,
        deed: Deed,
    },
    /// Somebody sees something within a few seconds.
    Sees {
        who: String,
        room: Option<String>,
        sight: Sight,
    },
}

/// What happens around the people.
pub(super) enum Scenery {
    /// Devices connect; the first makes the room, the others come in.
    Enter {
        devices: Vec<String>,
        room: Option<(String, String)>,
    },
    StartsEmpty,
    LimitsOn,
    /// Also those who give commands by REST, and would hear by polling.
    ByWebSocket,
    Configured(String),
    Restart,
    /// A command line given while the server is stopped, with what it reads on its input.
    Operator {
        words: String,
        input: String,
    },
    Kill,
    Pass(u64),
    GoesOffline(String),
    Closes(String),
    ComesBack(String),
    ComesFromElsewhere(String),
    Reloads(String),
    CutOff(String),
    CannotReturn(String),
    SessionEnded(String),
    Remembers {
        who: String,
        seq: u64,
    },
    Repeats {
        who: String,
        other_way: bool,
        times: u64,
    },
    RefusalsAlike,
    ToldOfGap {
        who: String,
        room: String,
    },
    StartedAnew(String),
    KeptWhatItHeld(String),
    Reading {
        who: String,
        on: bool,
    },
    SyncsByRest(String),
}

/// A command, as the people call it.
#[derive(Clone)]
pub(super) enum Deed {
    Register {
        username: Option<String>,
        password: Option<String>,
        invitation: Invited,
    },
    SignIn {
        username: Option<String>,
        password: Option<String>,
    },
    SignOut,
    ListSessions(u64),
    EndSession(String),
    ChangePassword {
        from: String,
        to: String,
    },
    CallsSelf(String),
    /// With how many seconds it is to last, where it ends.
    Status(String, Option<u64>),
    TimeZone(String),
    ReadProfile,
    /// An empty value: nothing any more.
    Choose(String, String),
    ReadSettings(Vec<(String, String)>),
    LooksUp(String),
    FindsPeople {
        query: String,
        found: Vec<String>,
    },
    Invite {
        role: Option<String>,
        uses: Option<u64>,
    },
    ListInvitations(u64),
    RevokeInvitation,
    CreateRoom {
        kind: String,
        room: String,
        topic: Option<String>,
    },
    Join(String),
    JoinByCode(CodeOf),
    Leave,
    Rename(String),
    Topic(String),
    Kind(String),
    RenewCode,
    DeleteRoom,
    ReadRoom,
    ListRooms(Vec<String>),
    FindRooms {
        query: String,
        found: Vec<String>,
    },
    ListMembers(Vec<(String, String)>),
    Kick(String),
    SetRole {
        person: String,
        role: String,
    },
    Talk {
        with: Vec<String>,
        subject: Option<String>,
        same: bool,
    },
    Hide,
    /// Which notices of a room, and until when none; absent: as usual.
    Notify {
        level: Option<String>,
        muted: Option<String>,
    },
    Post {
        text: String,
        reply_to: Option<u64>,
        times: u64,
    },
    Edit {
        seq: u64,
        text: String,
        remembered: bool,
    },
    Delete {
        seq: u64,
        for_me: bool,
    },
    History {
        limit: Option<u64>,
        side: Option<(String, u64)>,
        range: Option<(u64, u64)>,
    },
    ReadMessage {
        seq: u64,
        text: String,
    },
    Revisions {
        seq: u64,
        texts: Vec<String>,
    },
    ReadUpTo(u64),
    React {
        seq: u64,
        emoji: String,
        on: bool,
    },
    Pin {
        seq: u64,
        on: bool,
    },
    ListPins(Vec<u64>),
    Keep {
        seq: u64,
        on: bool,
    },
    ListKept(Vec<u64>),
    /// An empty text: nothing any more.
    Begin {
        text: String,
        reply_to: Option<u64>,
    },
    /// Whether who joins the room sees what was before.
    Past(bool),
    CountUnread {
        unread: u64,
        mentions: u64,
    },
    Typing(bool),
    Presence(String),
    Watch,
    Raw {
        command: String,
        arguments: String,
    },
}

#[derive(Clone, PartialEq)]
pub(super) enum Invited {
    No,
    /// With the code that was made last.
    Yes,
    /// With the token of the setup link.
    BySetupLink,
    With(String),
}

/// Whose join code is used.
#[derive(Clone)]
pub(super) enum CodeOf {
    Room(String),
    /// The code that the room had before it was renewed.
    Former(String),
    Text(String),
}

/// Something to be seen in what a device holds.
pub(super) enum Sight {
    Message {
        seq: u64,
        author: Option<String>,
        text: String,
        extras: Extras,
    },
    Deleted(u64),
    NoMessage(u64),
    Line {
        kind: String,
        author: String,
        subject: Option<String>,
    },
    /// The emoji of exactly these people on a message; of nobody: it is not there.
    Reaction {
        seq: u64,
        emoji: String,
        people: Vec<String>,
    },
    Pinned {
        seq: u64,
        by: Option<String>,
    },
    Kept {
        seq: u64,
        kept: bool,
    },
    Draft(Option<String>),
    Chosen {
        name: String,
        value: Option<String>,
    },
    RoomName(String),
    RoomTopic(String),
    Unread {
        unread: u64,
        mentions: u64,
    },
    Typing {
        person: String,
        typing: bool,
    },
    Presence {
        person: String,
        presence: String,
    },
    Role {
        person: String,
        role: String,
    },
    Gone(String),
    Called {
        person: String,
        name: String,
    },
    Status {
        person: String,
        status: String,
    },
    Undisturbed {
        person: String,
        wished: bool,
    },
    Room {
        room: String,
        there: bool,
    },
    Hidden {
        room: String,
        hidden: bool,
    },
    Notified {
        room: String,
        level: Option<String>,
        muted: Option<String>,
    },
    Listed {
        room: String,
        listed: bool,
    },
    /// After everything sent so far has been heard, no message has this text.
    NotText(String),
    NeverPresence {
        person: String,
        presence: String,
    },
    NeverTyping(String),
}

/// What else is to be seen of a message.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) edited: bool,
    pub(super) reply_to: Option<u64>,
    pub(super) mentions: Vec<String>,
    pub(super) all: bool,
    /// The HTML that comes with it, or none; nothing is said where this is absent.
    pub(super) html: Option<Option<String>>,
}

impl Step {
    /// The code that this line expects as a refusal.
    pub(super) fn code(&self) -> Option<&str> {
        match &self.act {
            Act::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The commands that this line gives.
    pub(super) fn commands(&self) -> Vec<String> {
        match &self.act {
            Act::Does { deed, .. } | Act::Refused { deed, .. } => vec![deed.command().to_string()],
            Act::Scenery(Scenery::Enter { .. }) => vec!["hello".into(), "watch.set".into()],
            Act::Scenery(_) | Act::Sees { .. } => Vec::new(),
        }
    }
}

impl Deed {
    /// The name of the command.
    pub(super) fn command(&self) -> &str {
        match self {
            Deed::Register { .. } => "accounts.create",
            Deed::SignIn { .. } => "sessions.create",
            Deed::SignOut => "sessions.end",
            Deed::ListSessions(_) => "sessions.list",
            Deed::EndSession(_) => "sessions.revoke",
            Deed::ChangePassword { .. } => "password.change",
            Deed::CallsSelf(_) | Deed::Status(..) | Deed::TimeZone(_) => "profile.set",
            Deed::Choose(..) => "settings.set",
            Deed::ReadSettings(_) => "settings.get",
            Deed::ReadProfile => "profile.get",
            Deed::LooksUp(_) => "users.get",
            Deed::FindsPeople { .. } => "users.list",
            Deed::Invite { .. } => "invitations.create",
            Deed::ListInvitations(_) => "invitations.list",
            Deed::RevokeInvitation => "invitations.revoke",
            Deed::CreateRoom { .. } => "rooms.create",
            Deed::Join(_) | Deed::JoinByCode(_) => "rooms.join",
            Deed::Leave => "rooms.leave",
            Deed::Rename(_) | Deed::Topic(_) | Deed::Kind(_) | Deed::Past(_) => "rooms.update",
            Deed::RenewCode => "rooms.renew_code",
            Deed::DeleteRoom => "rooms.delete",
            Deed::ReadRoom => "rooms.get",
            Deed::ListRooms(_) | Deed::FindRooms { .. } => "rooms.list",
            Deed::ListMembers(_) => "rooms.members",
            Deed::Kick(_) => "members.kick",
            Deed::SetRole { .. } => "members.set_role",
            Deed::Talk { .. } => "direct.open",
            Deed::Hide => "rooms.hide",
            Deed::Notify { .. } => "rooms.notify",
            Deed::Post { .. } => "messages.send",
            Deed::Edit { .. } => "messages.edit",
            Deed::Delete { .. } => "messages.delete",
            Deed::History { .. } => "messages.history",
            Deed::ReadMessage { .. } => "messages.get",
            Deed::Revisions { .. } => "messages.revisions",
            Deed::ReadUpTo(_) => "reads.set",
            Deed::React { .. } => "reactions.set",
            Deed::Pin { .. } => "pins.set",
            Deed::ListPins(_) => "pins.list",
            Deed::Keep { .. } => "saved.set",
            Deed::ListKept(_) => "saved.list",
            Deed::Begin { .. } => "drafts.set",
            Deed::CountUnread { .. } => "reads.list",
            Deed::Typing(_) => "typing.set",
            Deed::Presence(_) => "presence.set",
            Deed::Watch => "watch.set",
            Deed::Raw { command, .. } => command,
        }
    }
}
