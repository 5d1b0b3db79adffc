//! The world itself: what the other tests stand on.

use skillsyms_testkit::World;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_of_both_tenants_is_signed_in_as_who_they_are() {
    let world = World::new().await;
    for tenant in [&world.alpha, &world.beta] {
        for (role, somebody) in tenant.people() {
            let me = world.get("/api/v1/me").by(somebody).send().await;
            assert_eq!(me.ok()["person"]["roles"][0], role.as_str(), "{me:?}");
        }
    }
}
