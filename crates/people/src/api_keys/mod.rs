//! API keys: what an integration signs in with.
//!
//! What holds here:
//! - a key belongs to the provider, not to who made it, but stops working when that person is suspended or is no
//!   longer an administrator;
//! - it may do what its scopes name, and scopes come from one closed list ([`scopes`]) that has no act which needs a person: no key
//!   steps up, assesses, moderates, reveals an ID number, or manages people or keys;
//! - the cell keeps the hash; the key is shown once;
//! - it may name the networks from which it may be used ([`networks`]): from elsewhere it is answered like an unknown one, and the ledger
//!   says so, once an hour at most. Its first use from another network than lately stands there too;
//! - it ends by itself, after 90 days unless another time is chosen, after 366 at the latest. Administrators are told of it 14 and 3 days
//!   before (`ending`), unless another key took its place ([`rotate`]);
//! - whoever finds one in the open can end it ([`leaked`]), and learns nothing by it.

pub mod create;
pub(crate) mod ending;
pub mod leaked;
pub mod list;
pub mod networks;
pub mod rotate;
pub(crate) mod rows;
pub mod scopes;

pub use create::{CreateApiKey, Created};
pub use leaked::ReportLeakedKey;
pub use list::{ApiKeyView, KeyState, ListApiKeys, RevokeApiKey, Revoked};
pub use rotate::{RotateApiKey, RotateInput};
pub use scopes::KEY_SCOPES;
