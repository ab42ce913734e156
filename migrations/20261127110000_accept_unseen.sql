-- What may stay unseen of a cluster that is called healthy all the same: a JSON list of `logs`, `config` and `links`.
ALTER TABLE clusters ADD COLUMN accept_unseen TEXT NOT NULL DEFAULT '[]';
