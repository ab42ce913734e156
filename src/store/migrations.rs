//! The migrations, as they stand in the folder `migrations/`, inside the program. To add one: a file there and its twin
//! (see its README); nothing here.
//!
//! # Why
//! Embedded like every other folder, not by `sqlx::migrate!`: that macro brings SQLite itself into the build a second time,
//! for the compiler's own machine. Version, description and checksum are what the macro would have written, so databases
//! of before go on.

use std::borrow::Cow;
use std::sync::LazyLock;

use rust_embed::RustEmbed;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

#[derive(RustEmbed)]
#[folder = "migrations/"]
struct Embedded;

/// Every migration, oldest first.
pub static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations: Vec<Migration> = Embedded::iter().filter_map(|name| migration(&name)).collect();
    migrations.sort();
    Migrator { migrations: Cow::Owned(migrations), ..Migrator::DEFAULT }
});

/// `20261122160000_first_schema.sql`; a file with another kind of name is not one.
fn migration(name: &str) -> Option<Migration> {
    let (version, rest) = name.strip_suffix(".sql")?.split_once('_')?;
    let sql = String::from_utf8(Embedded::get(name)?.data.into_owned()).ok()?;
    let sql = AssertSqlSafe(sql).into_sql_str();
    let description = Cow::Owned(rest.replace('_', " "));
    Some(Migration::new(version.parse().ok()?, description, MigrationType::Simple, sql, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by `sqlx::migrate!` into the databases of installations.
    #[test]
    fn the_first_schema_is_the_one_that_installations_have() {
        let first = MIGRATIONS.iter().next().expect("a migration");
        assert_eq!((first.version, &*first.description), (20_261_122_160_000, "first schema"));
        let checksum =
            "336c9cbb27b17fd0e40a11baa8e22eae4062f72b00a00ac33a738e3f02b8e429e55655b5e6683df7f4be603e9164dc72";
        assert_eq!(hex::encode(&first.checksum), checksum);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let names = std::fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").file_name());
        let files = names.filter(|name| name.to_string_lossy().ends_with(".sql")).count();
        assert_eq!(MIGRATIONS.iter().count(), files, "a file of the folder is missing");
        let versions: std::collections::BTreeSet<i64> = MIGRATIONS.iter().map(|one| one.version).collect();
        assert_eq!(versions.len(), files, "two files have the same version, and one of them would never run");
    }
}
