import Bytes
import Crypto
import Postgres
import Values

// The tables of a shared store, all in the schema lake_catalog.
//
//   namespaces.id, objects.namespace   the first 16 bytes of SHA-256 over warehouse 00 levels, joined by 1F:
//                                      a name is found by one look into one index, however deep it lies
//   objects.place                      the location, folded, with a slash at its end
//   objects.namespace                  null of an object that was dropped and is held
//   events.number                      null until somebody who reads events has numbered it
//
// Functions refuse with SQLSTATE LK001 and the case of `ChangeRefusal` as message. Constraints refuse
// what two transactions do at once; `PostgresRefusal` knows their names.

/// One step of the tables' history. A migration that was released is not changed any more, and keeps the
/// release before it running.
struct CatalogMigration: Sendable {
  var number: Int
  var text: String

  var checksum: String {
    let digest = SHA256.digest(of: Array(self.text.utf8).rawBytes)
    return Hexadecimal.text(of: digest.bytes)
  }

  static let all = [
    CatalogMigration(number: 1, text: tables + warehouses + objects + changes + events),
    CatalogMigration(number: 2, text: replacing),
    CatalogMigration(number: 3, text: sizes),
  ]

  private static let tables = """
    CREATE TABLE lake_catalog.settings (name text PRIMARY KEY, value bytea NOT NULL);
    CREATE TABLE lake_catalog.warehouses (
      name text COLLATE "C" CONSTRAINT warehouses_name PRIMARY KEY, revision bigint NOT NULL,
      is_protected boolean NOT NULL, record text NOT NULL);
    CREATE TABLE lake_catalog.namespaces (
      id uuid CONSTRAINT namespaces_id PRIMARY KEY,
      warehouse text COLLATE "C" NOT NULL
        CONSTRAINT namespaces_warehouse REFERENCES lake_catalog.warehouses (name),
      parent uuid CONSTRAINT namespaces_parent REFERENCES lake_catalog.namespaces (id),
      name text COLLATE "C" NOT NULL, revision bigint NOT NULL, is_protected boolean NOT NULL,
      record text NOT NULL);
    CREATE INDEX namespaces_below ON lake_catalog.namespaces (parent, name)
      WHERE parent IS NOT NULL;
    CREATE INDEX namespaces_top ON lake_catalog.namespaces (warehouse, name)
      WHERE parent IS NULL;
    CREATE TABLE lake_catalog.objects (
      id uuid CONSTRAINT objects_id PRIMARY KEY,
      warehouse text COLLATE "C" NOT NULL
        CONSTRAINT objects_warehouse REFERENCES lake_catalog.warehouses (name),
      namespace uuid CONSTRAINT objects_namespace REFERENCES lake_catalog.namespaces (id),
      levels text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, kind smallint NOT NULL,
      uuid uuid NOT NULL, version bigint NOT NULL, metadata_location text NOT NULL,
      location text NOT NULL, place text COLLATE "C" NOT NULL,
      created_at_ms bigint NOT NULL, updated_at_ms bigint NOT NULL,
      is_protected boolean NOT NULL DEFAULT false, size text,
      dropped_at_ms bigint, purge_at_ms bigint, purges boolean, document bytea NOT NULL
    ) WITH (fillfactor = 70);
    DO $$ BEGIN
      ALTER TABLE lake_catalog.objects ALTER COLUMN document SET COMPRESSION lz4;
    EXCEPTION WHEN feature_not_supported THEN NULL; END $$;
    CREATE UNIQUE INDEX objects_name ON lake_catalog.objects (namespace, name)
      WHERE namespace IS NOT NULL;
    CREATE INDEX objects_place ON lake_catalog.objects (warehouse, left(place, 512));
    CREATE INDEX objects_held ON lake_catalog.objects (warehouse, id) WHERE namespace IS NULL;
    CREATE TABLE lake_catalog.requests (
      key uuid NOT NULL, warehouse text COLLATE "C" NOT NULL, principal text COLLATE "C" NOT NULL,
      created_at_ms bigint NOT NULL, record text NOT NULL,
      CONSTRAINT requests_key PRIMARY KEY (key, warehouse, principal));
    CREATE INDEX requests_age ON lake_catalog.requests (created_at_ms);
    CREATE TABLE lake_catalog.events (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number bigint, at_ms bigint NOT NULL,
      record text NOT NULL);
    CREATE INDEX events_new ON lake_catalog.events (id) WHERE number IS NULL;
    CREATE UNIQUE INDEX events_number ON lake_catalog.events (number) WHERE number IS NOT NULL;
    CREATE TABLE lake_catalog.event_counter (
      single boolean PRIMARY KEY DEFAULT true CHECK (single), last bigint NOT NULL);
    INSERT INTO lake_catalog.event_counter (last) VALUES (0);
    CREATE FUNCTION lake_catalog.refuse(code text, more text DEFAULT NULL) RETURNS void
      LANGUAGE plpgsql AS $f$ BEGIN
        RAISE EXCEPTION USING ERRCODE = 'LK001', MESSAGE = code, DETAIL = coalesce(more, '');
      END $f$;

    """

  private static let warehouses = """
    CREATE FUNCTION lake_catalog.replace_warehouse(
      a_name text, a_revision bigint, a_protected boolean, a_record text) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$
      DECLARE present bigint;
      BEGIN
        SELECT revision INTO present FROM lake_catalog.warehouses WHERE name = a_name FOR UPDATE;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('warehouseMissing'); END IF;
        IF present <> a_revision THEN PERFORM lake_catalog.refuse('warehouseChanged'); END IF;
        UPDATE lake_catalog.warehouses
          SET revision = a_revision + 1, is_protected = a_protected, record = a_record
          WHERE name = a_name;
      END $f$;
    CREATE FUNCTION lake_catalog.drop_warehouse(a_name text) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$
      DECLARE present boolean;
      BEGIN
        SELECT is_protected INTO present FROM lake_catalog.warehouses
          WHERE name = a_name FOR UPDATE;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('warehouseMissing'); END IF;
        IF present THEN PERFORM lake_catalog.refuse('isProtected'); END IF;
        DELETE FROM lake_catalog.warehouses WHERE name = a_name;
      END $f$;
    CREATE FUNCTION lake_catalog.create_namespace(
      a_id uuid, a_warehouse text, a_parent uuid, a_name text, a_revision bigint,
      a_protected boolean, a_record text) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$ BEGIN
        PERFORM FROM lake_catalog.warehouses WHERE name = a_warehouse FOR KEY SHARE;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('warehouseMissing'); END IF;
        IF a_parent IS NOT NULL THEN
          PERFORM FROM lake_catalog.namespaces WHERE id = a_parent FOR KEY SHARE;
          IF NOT FOUND THEN PERFORM lake_catalog.refuse('namespaceMissing'); END IF;
        END IF;
        INSERT INTO lake_catalog.namespaces VALUES (
          a_id, a_warehouse, a_parent, a_name, a_revision, a_protected, a_record);
      END $f$;
    CREATE FUNCTION lake_catalog.replace_namespace(
      a_id uuid, a_revision bigint, a_protected boolean, a_record text) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$
      DECLARE present bigint;
      BEGIN
        SELECT revision INTO present FROM lake_catalog.namespaces
          WHERE id = a_id FOR NO KEY UPDATE;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('namespaceMissing'); END IF;
        IF present <> a_revision THEN PERFORM lake_catalog.refuse('namespaceChanged'); END IF;
        UPDATE lake_catalog.namespaces
          SET revision = a_revision + 1, is_protected = a_protected, record = a_record
          WHERE id = a_id;
      END $f$;
    CREATE FUNCTION lake_catalog.drop_namespace(a_id uuid) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$
      DECLARE present boolean;
      BEGIN
        SELECT is_protected INTO present FROM lake_catalog.namespaces WHERE id = a_id FOR UPDATE;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('namespaceMissing'); END IF;
        IF present THEN PERFORM lake_catalog.refuse('isProtected'); END IF;
        DELETE FROM lake_catalog.namespaces WHERE id = a_id;
      END $f$;

    """

  private static let objects = """
    CREATE FUNCTION lake_catalog.check_free(a_namespace uuid, a_name text) RETURNS void
      LANGUAGE plpgsql AS $f$
      DECLARE taken smallint;
      BEGIN
        PERFORM FROM lake_catalog.namespaces WHERE id = a_namespace FOR KEY SHARE;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('namespaceMissing'); END IF;
        SELECT kind INTO taken FROM lake_catalog.objects
          WHERE namespace = a_namespace AND name = a_name;
        IF FOUND THEN PERFORM lake_catalog.refuse('nameTaken', taken::text); END IF;
      END $f$;
    CREATE FUNCTION lake_catalog.occupy(
      a_id uuid, a_warehouse text, a_place text, a_above text[]) RETURNS void
      LANGUAGE plpgsql AS $f$
      DECLARE other text;
      BEGIN
        -- Who takes a place holds it alone, and those above it together with others, from the top.
        FOREACH other IN ARRAY a_above LOOP
          PERFORM pg_advisory_xact_lock_shared(
            hashtextextended(a_warehouse || '/' || other, 7081));
        END LOOP;
        PERFORM pg_advisory_xact_lock(hashtextextended(a_warehouse || '/' || a_place, 7081));
        PERFORM FROM lake_catalog.objects
          WHERE warehouse = a_warehouse AND id <> a_id AND place = ANY (a_above)
            AND left(place, 512) = ANY (SELECT left(above, 512) FROM unnest(a_above) AS above)
          LIMIT 1;
        IF FOUND THEN PERFORM lake_catalog.refuse('locationTaken'); END IF;
        PERFORM FROM lake_catalog.objects
          WHERE warehouse = a_warehouse AND id <> a_id
            AND left(place, 512) >= left(a_place, 512)
            AND left(place, 512) < left(a_place, 512) || chr(1114111)
            AND starts_with(place, a_place)
          LIMIT 1;
        IF FOUND THEN PERFORM lake_catalog.refuse('locationTaken'); END IF;
      END $f$;
    CREATE FUNCTION lake_catalog.create_object(
      a_id uuid, a_warehouse text, a_namespace uuid, a_levels text, a_name text, a_kind smallint,
      a_uuid uuid, a_version bigint, a_metadata_location text, a_location text, a_place text,
      a_above text[], a_created bigint, a_updated bigint, a_protected boolean, a_size text,
      a_document bytea) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$ BEGIN
        PERFORM lake_catalog.check_free(a_namespace, a_name);
        PERFORM lake_catalog.occupy(a_id, a_warehouse, a_place, a_above);
        INSERT INTO lake_catalog.objects (
            id, warehouse, namespace, levels, name, kind, uuid, version, metadata_location,
            location, place, created_at_ms, updated_at_ms, is_protected, size, document)
          VALUES (
            a_id, a_warehouse, a_namespace, a_levels, a_name, a_kind, a_uuid, a_version,
            a_metadata_location, a_location, a_place, a_created, a_updated, a_protected, a_size,
            a_document);
      END $f$;

    """

  private static let changes = """
    CREATE FUNCTION lake_catalog.lock_objects(a_ids uuid[]) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$ BEGIN
        PERFORM FROM lake_catalog.objects WHERE id = ANY (a_ids) ORDER BY id FOR NO KEY UPDATE;
      END $f$;
    CREATE FUNCTION lake_catalog.replace_object(
      a_id uuid, a_warehouse text, a_seen bigint, a_uuid uuid, a_version bigint,
      a_metadata_location text, a_location text, a_place text, a_above text[], a_updated bigint,
      a_size text, a_document bytea) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$
      DECLARE seen bigint; present_place text; present_namespace uuid;
      BEGIN
        SELECT version, place, namespace INTO seen, present_place, present_namespace
          FROM lake_catalog.objects WHERE id = a_id FOR NO KEY UPDATE;
        IF NOT FOUND OR present_namespace IS NULL THEN
          PERFORM lake_catalog.refuse('objectMissing');
        END IF;
        IF seen <> a_seen THEN PERFORM lake_catalog.refuse('pointerMoved'); END IF;
        IF present_place <> a_place THEN
          PERFORM lake_catalog.occupy(a_id, a_warehouse, a_place, a_above);
          UPDATE lake_catalog.objects SET place = a_place WHERE id = a_id;
        END IF;
        UPDATE lake_catalog.objects
          SET uuid = a_uuid, version = a_version, metadata_location = a_metadata_location,
            location = a_location, updated_at_ms = a_updated, size = a_size,
            document = a_document
          WHERE id = a_id;
      END $f$;
    CREATE FUNCTION lake_catalog.rename_object(
      a_source uuid, a_source_name text, a_kind smallint, a_target uuid, a_target_levels text,
      a_target_name text) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$
      DECLARE found_id uuid;
      BEGIN
        SELECT id INTO found_id FROM lake_catalog.objects
          WHERE namespace = a_source AND name = a_source_name AND kind = a_kind FOR UPDATE;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('objectMissing'); END IF;
        IF a_source = a_target AND a_source_name = a_target_name THEN RETURN; END IF;
        PERFORM lake_catalog.check_free(a_target, a_target_name);
        UPDATE lake_catalog.objects
          SET namespace = a_target, levels = a_target_levels, name = a_target_name
          WHERE id = found_id;
      END $f$;
    CREATE FUNCTION lake_catalog.drop_object(
      a_namespace uuid, a_name text, a_kind smallint, a_id uuid, a_dropped bigint,
      a_purge bigint, a_purges boolean) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$
      DECLARE present boolean;
      BEGIN
        SELECT is_protected INTO present FROM lake_catalog.objects
          WHERE id = a_id AND namespace = a_namespace AND name = a_name AND kind = a_kind
          FOR UPDATE;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('objectMissing'); END IF;
        IF present THEN PERFORM lake_catalog.refuse('isProtected'); END IF;
        IF a_dropped IS NULL THEN
          DELETE FROM lake_catalog.objects WHERE id = a_id;
        ELSE
          UPDATE lake_catalog.objects
            SET namespace = NULL, dropped_at_ms = a_dropped, purge_at_ms = a_purge,
              purges = a_purges
            WHERE id = a_id;
        END IF;
      END $f$;
    CREATE FUNCTION lake_catalog.restore_object(
      a_id uuid, a_namespace uuid, a_levels text, a_name text, a_now bigint) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$ BEGIN
        PERFORM FROM lake_catalog.objects WHERE id = a_id AND namespace IS NULL FOR UPDATE;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('heldObjectMissing'); END IF;
        PERFORM lake_catalog.check_free(a_namespace, a_name);
        UPDATE lake_catalog.objects
          SET namespace = a_namespace, levels = a_levels, name = a_name, updated_at_ms = a_now,
            dropped_at_ms = NULL, purge_at_ms = NULL, purges = NULL
          WHERE id = a_id;
      END $f$;
    CREATE FUNCTION lake_catalog.forget_object(a_id uuid) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$ BEGIN
        DELETE FROM lake_catalog.objects WHERE id = a_id AND namespace IS NULL;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('heldObjectMissing'); END IF;
      END $f$;
    CREATE FUNCTION lake_catalog.protect_object(a_id uuid, a_protected boolean) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$ BEGIN
        UPDATE lake_catalog.objects SET is_protected = a_protected WHERE id = a_id;
        IF NOT FOUND THEN PERFORM lake_catalog.refuse('heldObjectMissing'); END IF;
      END $f$;

    """

  /// Numbers have no holes and are given in the order in which changes of one object were made, without
  /// any change waiting for another: those who read give them.
  private static let events = """
    CREATE FUNCTION lake_catalog.number_events() RETURNS bigint
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$
      DECLARE before bigint; added bigint;
      BEGIN
        PERFORM FROM lake_catalog.events WHERE number IS NULL LIMIT 1;
        IF NOT FOUND THEN
          SELECT last INTO before FROM lake_catalog.event_counter;
          RETURN before;
        END IF;
        SELECT last INTO before FROM lake_catalog.event_counter FOR UPDATE;
        WITH fresh AS (
          SELECT id, row_number() OVER (ORDER BY id) AS place
            FROM lake_catalog.events WHERE number IS NULL)
        UPDATE lake_catalog.events AS event SET number = before + fresh.place
          FROM fresh WHERE event.id = fresh.id;
        GET DIAGNOSTICS added = ROW_COUNT;
        UPDATE lake_catalog.event_counter SET last = before + added;
        RETURN before + added;
      END $f$;
    """

  private static let sizes = """
    CREATE TABLE lake_catalog.statistics (
      object uuid NOT NULL
        CONSTRAINT statistics_object REFERENCES lake_catalog.objects (id) ON DELETE CASCADE,
      at_ms bigint NOT NULL, record text NOT NULL,
      CONSTRAINT statistics_key PRIMARY KEY (object, at_ms));
    """

  /// The common way of a commit is one statement, which locks and writes the row once; what it does not
  /// find is looked at as before.
  private static let replacing = """
    CREATE OR REPLACE FUNCTION lake_catalog.replace_object(
      a_id uuid, a_warehouse text, a_seen bigint, a_uuid uuid, a_version bigint,
      a_metadata_location text, a_location text, a_place text, a_above text[], a_updated bigint,
      a_size text, a_document bytea) RETURNS void
      LANGUAGE plpgsql SET lock_timeout = '4s' AS $f$
      DECLARE seen bigint; present_place text; present_namespace uuid;
      BEGIN
        UPDATE lake_catalog.objects
          SET uuid = a_uuid, version = a_version, metadata_location = a_metadata_location,
            location = a_location, updated_at_ms = a_updated, size = a_size,
            document = a_document
          WHERE id = a_id AND version = a_seen AND place = a_place AND namespace IS NOT NULL;
        IF FOUND THEN RETURN; END IF;
        SELECT version, place, namespace INTO seen, present_place, present_namespace
          FROM lake_catalog.objects WHERE id = a_id FOR NO KEY UPDATE;
        IF NOT FOUND OR present_namespace IS NULL THEN
          PERFORM lake_catalog.refuse('objectMissing');
        END IF;
        IF seen <> a_seen THEN PERFORM lake_catalog.refuse('pointerMoved'); END IF;
        IF present_place <> a_place THEN
          PERFORM lake_catalog.occupy(a_id, a_warehouse, a_place, a_above);
        END IF;
        UPDATE lake_catalog.objects
          SET uuid = a_uuid, version = a_version, metadata_location = a_metadata_location,
            location = a_location, place = a_place, updated_at_ms = a_updated, size = a_size,
            document = a_document
          WHERE id = a_id;
      END $f$;
    """
}
