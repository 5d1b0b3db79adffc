//! That a list opens no cell. The rest is tested over HTTP, in the testkit's house.

use std::path::Path;
use std::sync::Arc;

use skillsyms_cells::Limits;
use skillsyms_core::SystemClock;
use skillsyms_door::{Actor, Config, Door, Fault, Inspect, Kind, Principal, Registry, Shown};
use skillsyms_people::PageAsk;
use skillsyms_vault::RootKey;

use super::{CreateTenant, ListCheckpoints, ListTenants, STATE, TenantInput};

/// Everybody is an operator.
struct Operators;

impl skillsyms_door::Directory for Operators {
    fn principal(
        &self,
        _: &mut skillsyms_cells::Read<'_>,
        shown: &Shown,
        showing: &skillsyms_door::Showing,
    ) -> Result<skillsyms_door::Found, Fault> {
        let person = skillsyms_core::PersonId::new(uuid::Uuid::from_u128(7));
        Ok(skillsyms_door::Found::Principal(match shown {
            Shown::Session(_) => Principal {
                step_up_at: Some(showing.now),
                ..Principal::person(person, vec![skillsyms_core::Role::Operator])
            },
            Shown::Key(_) => Principal::bare(Kind::Nobody),
        }))
    }
}

async fn open(data: &Path) -> Door {
    let slices: Vec<_> = skillsyms_people::registry::acts()
        .into_iter()
        .chain(skillsyms_records::registry::acts())
        .chain(crate::registry::acts())
        .collect();
    Door::open(Config {
        data: data.to_owned(),
        engine: skillsyms_cells::testing::engine(data),
        root: RootKey::from_env_value(&"5a".repeat(32)).unwrap(),
        clock: Arc::new(SystemClock),
        registry: Registry::collect(&slices).unwrap(),
        directory: Arc::new(Operators),
        limits: Limits::default(),
        inspect: Inspect::No,
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_open_no_cell() {
    let folder = tempfile::tempdir().unwrap();
    let door = open(folder.path()).await;
    for slug in ["one", "two", "three"] {
        door.create_tenant(slug, "Some Provider").await.unwrap();
    }
    door.close().await;
    drop(door);
    let door = open(folder.path()).await;
    assert_eq!(door.load().open, 1, "the platform's own");
    let actor = Actor::Session {
        cell: door.platform(),
        hash: [7; 32],
    };
    let listed = door.enter(actor).view(ListTenants::default()).await.unwrap();
    assert_eq!(listed.items.len(), 3);
    assert!(listed.items.iter().all(|tenant| tenant.active_at.is_some()));
    let ids: Vec<_> = listed.items.iter().map(|tenant| tenant.id).collect();
    assert_eq!(door.sizes(ids).await.unwrap().len(), 3);
    let view = ListCheckpoints {
        page: PageAsk::default(),
        only: None,
    };
    assert_eq!(door.enter(actor).view(view).await.unwrap().items.len(), 4);
    assert_eq!(door.load().open, 1, "no tenant's cell was opened for it");
    // In a tenant's cell the same act finds nothing, whoever tries.
    let there = Actor::Session {
        cell: listed.items[0].id,
        hash: [7; 32],
    };
    let refused = door.enter(there).view(ListTenants::default()).await.unwrap_err();
    assert_eq!(refused.code, &skillsyms_core::problem::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_half_made_is_finished_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let door = open(folder.path()).await;
    let actor = Actor::Session {
        cell: door.platform(),
        hash: [7; 32],
    };
    // The row is written, and the server goes away before it makes the cell.
    let act = CreateTenant {
        new: TenantInput {
            slug: "karoo".to_owned(),
            name: "Karoo Skills".to_owned(),
        },
        drawn: door.draw_tenant().unwrap(),
    };
    let begun = door.enter(actor).run(act).await.unwrap().id;
    assert_eq!(door.restore_tenant("karoo").await.unwrap_err().code, &STATE);
    assert_eq!(door.suspend_tenant("karoo").await.unwrap_err().code, &STATE);
    let other = door.create_tenant("karoo", "Another College").await.unwrap_err();
    assert_eq!(
        other.code.name, "tenant.slug_taken",
        "nobody goes on with somebody else's"
    );
    let made = door.create_tenant("karoo", " Karoo Skills ").await.unwrap();
    assert_eq!((made.id, made.state.as_str()), (begun, "active"));

    door.suspend_tenant("karoo").await.unwrap();
    door.suspend_tenant("karoo").await.unwrap();
    let again = door.create_tenant("karoo", "Karoo Skills").await.unwrap_err();
    assert_eq!(again.code.name, "tenant.slug_taken", "and a suspension holds");
    assert_eq!(door.tenant_of(begun).await.unwrap().state, "suspended");
    door.restore_tenant("karoo").await.unwrap();
    assert_eq!(door.tenant_of(begun).await.unwrap().state, "active");
}
