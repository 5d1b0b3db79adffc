//! Pages of lists: a limit, an opaque cursor, and the items with the cursor of the next page.
//!
//! A cursor travels in URLs, so it holds nothing but the id (or the number) of the last item: a name in it would end in
//! logs and histories. A list ordered by something else than ids looks that up in the row that the id names.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
pub use skillsyms_core::ByAge;
use skillsyms_core::Problem;
use uuid::Uuid;

/// Most items in a page: what a reader takes in at once, and what one ledger entry may name.
pub const LIMIT_MAX: i64 = 100;
/// Items in a page if nothing is asked for.
pub const LIMIT_DEFAULT: i64 = 50;

/// Rows that are read at once where a list is looked through.
const SIFT_ROWS: usize = 200;
/// Rows that one page looks at there: some milliseconds.
const SIFTED_MAX: usize = 1_000;

/// First byte of a cursor that holds an id.
const KIND_ID: u8 = b'i';
/// First byte of a cursor that holds a number.
const KIND_NUMBER: u8 = b'n';

/// How many items a page may have: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Limit(i64);

impl Limit {
    /// The most items in a page.
    pub const MAX: Self = Self(LIMIT_MAX);

    /// A limit that was asked for.
    ///
    /// # Errors
    /// A problem if it is not between 1 and 100.
    pub fn new(limit: i64) -> Result<Self, Problem> {
        if (1..=LIMIT_MAX).contains(&limit) {
            return Ok(Self(limit));
        }
        Err(Problem::field("limit", "page.limit", "Ask for 1 to 100 items."))
    }

    /// The limit, for those who count.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Rows to ask the database for: one more than the page holds tells whether there is a next page.
    #[must_use]
    pub const fn rows(self) -> i64 {
        self.0.saturating_add(1)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(LIMIT_DEFAULT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limit = i64::deserialize(deserializer)?;
        Self::new(limit).map_err(|_| serde::de::Error::custom("not a limit of 1 to 100"))
    }
}

impl JsonSchema for Limit {
    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT,
            "description": "How many items the page may have."
        })
    }
}

/// After which item the page begins. Opaque to clients: send back what came as `next`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cursor(Last);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Id(Uuid),
    Number(i64),
}

impl Cursor {
    /// The page after the item with this id.
    #[must_use]
    pub const fn after_id(id: Uuid) -> Self {
        Self(Last::Id(id))
    }

    /// The page after the item with this number.
    #[must_use]
    pub const fn after_number(number: i64) -> Self {
        Self(Last::Number(number))
    }

    /// Reads what a client sent back.
    ///
    /// # Errors
    /// A problem if it was not made here.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::read(text).ok_or_else(refused)
    }

    /// The id of the last item of the page before.
    ///
    /// # Errors
    /// A problem if the cursor belongs to a list of another kind.
    pub fn id(self) -> Result<Uuid, Problem> {
        match self.0 {
            Last::Id(id) => Ok(id),
            Last::Number(_) => Err(refused()),
        }
    }

    /// The number of the last item of the page before.
    ///
    /// # Errors
    /// A problem if the cursor belongs to a list of another kind.
    pub fn number(self) -> Result<i64, Problem> {
        match self.0 {
            Last::Number(number) => Ok(number),
            Last::Id(_) => Err(refused()),
        }
    }

    fn read(text: &str) -> Option<Self> {
        // An id takes 23 characters, a number 12: nothing longer is decoded.
        if text.len() > 23 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (kind, value) = bytes.split_first()?;
        match *kind {
            KIND_ID => Uuid::from_slice(value).ok().map(Self::after_id),
            KIND_NUMBER => value.try_into().ok().map(i64::from_be_bytes).map(Self::after_number),
            _ => None,
        }
    }
}

fn refused() -> Problem {
    Problem::field(
        "cursor",
        "page.cursor",
        "Send the cursor exactly as it came with the page before, to the same list.",
    )
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = match self.0 {
            Last::Id(id) => [&[KIND_ID], id.as_bytes().as_slice()].concat(),
            Last::Number(number) => [&[KIND_NUMBER], number.to_be_bytes().as_slice()].concat(),
        };
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("not a cursor of this list"))
    }
}

impl JsonSchema for Cursor {
    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "maxLength": 23,
            "description": "Opaque. Send back the `next` of the page before to get the one after it."
        })
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts what the database gave for [`Limit::rows`] down to a page. `cursor` says what comes after an item.
    #[must_use]
    pub fn cut(mut rows: Vec<T>, limit: Limit, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let most = usize::try_from(limit.get()).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }

    /// The rows that pass, of a list that is looked through in its order because no index knows what is looked for. `after` reads
    /// so many rows behind an id, the `first` of which is given; `id` is that of a row. A page may be shorter than was asked for
    /// although there is more: it looks at 1,000 rows (`SIFTED_MAX`).
    ///
    /// # Errors
    /// The first error that `after` gives.
    pub fn sift<E>(
        limit: Limit,
        first: Uuid,
        id: impl Fn(&T) -> Uuid,
        mut after: impl FnMut(Uuid, i64) -> Result<Vec<T>, E>,
        passes: impl Fn(&T) -> bool,
    ) -> Result<Self, E> {
        let most = usize::try_from(limit.get()).unwrap_or(usize::MAX);
        let (mut items, mut looked_at, mut beyond) = (Vec::new(), 0, first);
        loop {
            let rows = after(beyond, i64::try_from(SIFT_ROWS).unwrap_or(i64::MAX))?;
            let is_last = rows.len() < SIFT_ROWS;
            looked_at += rows.len();
            for row in rows {
                let here = id(&row);
                if passes(&row) {
                    if items.len() == most {
                        let next = Some(Cursor::after_id(beyond));
                        return Ok(Self { items, next });
                    }
                    items.push(row);
                }
                beyond = here;
            }
            if is_last || looked_at >= SIFTED_MAX {
                let next = (!is_last).then(|| Cursor::after_id(beyond));
                return Ok(Self { items, next });
            }
        }
    }

    /// The same page with every item turned into something else.
    ///
    /// # Errors
    /// The first error that `turn` gives.
    pub fn try_map<U, E>(self, turn: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(turn).collect::<Result<_, _>>()?;
        Ok(Page { items, next: self.next })
    }

    /// The same page with every item turned into something else.
    #[must_use]
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(turn).collect(),
            next: self.next,
        }
    }
}

/// Which page of a list is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageAsk {
    /// How many items; 50 unless said.
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    pub cursor: Option<Cursor>,
}

impl PageAsk {
    /// The id after which the page begins; ids are UUIDv7, so the nil id is before all of them.
    ///
    /// # Errors
    /// A problem if the cursor belongs to a list of another kind.
    pub fn after_id(&self) -> Result<Uuid, Problem> {
        self.cursor.map_or(Ok(Uuid::nil()), Cursor::id)
    }

    /// The id behind which the page begins in this order: ids are made in the order of time.
    ///
    /// # Errors
    /// A problem if the cursor belongs to a list of another kind.
    pub fn beyond(&self, order: ByAge) -> Result<Uuid, Problem> {
        let none = match order {
            ByAge::Oldest => Uuid::nil(),
            ByAge::Newest => Uuid::max(),
        };
        self.cursor.map_or(Ok(none), Cursor::id)
    }

    /// Between which ids, themselves not among them, the page lies in this order, of those in `within`. None is no bound: a
    /// condition that is always true misleads a planner.
    ///
    /// # Errors
    /// A problem if the cursor belongs to a list of another kind.
    pub fn bounds(&self, order: ByAge, within: Bounds) -> Result<Bounds, Problem> {
        let beyond = self.cursor.map(Cursor::id).transpose()?;
        let (from, until) = within;
        Ok(match order {
            ByAge::Oldest => (from.max(beyond), until),
            ByAge::Newest => (from, until.into_iter().chain(beyond).min()),
        })
    }
}

/// After the first id and before the second.
pub type Bounds = (Option<Uuid>, Option<Uuid>);

/// In which order a list by name goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ByName {
    /// From A to Z.
    #[default]
    #[serde(rename = "name")]
    Up,
    /// From Z to A.
    #[serde(rename = "-name")]
    Down,
}

impl ByName {
    /// Reads its word; any other is the usual order.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == Self::Down.as_str() {
            Self::Down
        } else {
            Self::Up
        }
    }

    /// Its word in addresses and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "name",
            Self::Down => "-name",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_what_it_writes() {
        let id = Cursor::after_id(Uuid::from_u128(7));
        assert_eq!(
            Cursor::parse(&id.to_string()).unwrap().id().unwrap(),
            Uuid::from_u128(7)
        );
        let number = Cursor::after_number(-3);
        assert_eq!(Cursor::parse(&number.to_string()).unwrap().number().unwrap(), -3);
        assert_eq!(
            serde_json::from_value::<Cursor>(serde_json::to_value(id).unwrap()).unwrap(),
            id
        );
        assert!(number.to_string().len() <= 23 && id.to_string().len() <= 23);
    }

    #[test]
    fn a_cursor_of_another_list_or_of_nobody_is_refused() {
        assert!(Cursor::after_number(1).id().is_err());
        assert!(Cursor::after_id(Uuid::nil()).number().is_err());
        for text in ["", "i", "aQ", "!!!", "bg", &"a".repeat(1_000), "7b22"] {
            assert_eq!(Cursor::parse(text).unwrap_err().code.status, 422, "{text}");
        }
    }

    #[test]
    fn limits_have_limits() {
        for limit in [-1, 0, 101, i64::MAX, i64::MIN] {
            assert!(Limit::new(limit).is_err(), "{limit}");
            assert!(serde_json::from_value::<Limit>(limit.into()).is_err(), "{limit}");
        }
        assert_eq!(Limit::default().get(), 50);
        assert_eq!(Limit::new(100).unwrap().rows(), 101);
    }

    /// What a page of a list of this length holds behind this number, how it goes on, and how often was read.
    fn sifted(length: u128, beyond: u128, passes: impl Fn(u128) -> bool) -> (Vec<u128>, Option<u128>, usize) {
        let mut reads = 0;
        let after = |beyond: Uuid, rows: i64| {
            reads += 1;
            let from = beyond.as_u128() + 1;
            Ok::<_, Problem>((from..=length).take(usize::try_from(rows).unwrap()).collect())
        };
        let limit = Limit::new(2).unwrap();
        let id = |n: &u128| Uuid::from_u128(*n);
        let page = Page::sift(limit, id(&beyond), id, after, |n| passes(*n)).unwrap();
        let next = page.next.map(|cursor| cursor.id().unwrap().as_u128());
        (page.items, next, reads)
    }

    #[test]
    fn a_list_is_looked_through_in_steps_with_an_end() {
        assert_eq!(sifted(900, 0, |n| n % 400 == 7), (vec![7, 407], Some(806), 5));
        assert_eq!(sifted(900, 806, |n| n % 400 == 7), (vec![807], None, 1));
        assert_eq!(sifted(900, 0, |n| n == 900), (vec![900], None, 5));
        assert_eq!(sifted(900, 0, |_| true), (vec![1, 2], Some(2), 1));
        assert_eq!(sifted(2, 0, |_| true), (vec![1, 2], None, 1));
        assert_eq!(sifted(0, 0, |_| true), (vec![], None, 1));
        // It looks at so many rows and no more; whoever asks again goes on from there.
        assert_eq!(sifted(5_000, 0, |n| n == 4_999), (vec![], Some(1_000), 5));
        assert_eq!(sifted(5_000, 4_000, |n| n == 4_999), (vec![4_999], Some(5_000), 5));
        assert_eq!(sifted(5_000, 5_000, |_| true), (vec![], None, 1));
    }

    #[test]
    fn a_page_has_a_next_one_only_if_a_row_was_left() {
        let limit = Limit::new(2).unwrap();
        let page = Page::cut(vec![1, 2, 3], limit, |n| Cursor::after_number(*n));
        assert_eq!(
            (page.items.as_slice(), page.next.unwrap().number().unwrap()),
            ([1, 2].as_slice(), 2)
        );
        assert_eq!(Page::cut(vec![1, 2], limit, |n| Cursor::after_number(*n)).next, None);
        assert_eq!(
            Page::cut(Vec::<i64>::new(), limit, |n| Cursor::after_number(*n)).next,
            None
        );
    }
}
