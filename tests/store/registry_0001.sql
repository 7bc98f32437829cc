BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('registry_0001');
CREATE TABLE consent (
	number INTEGER NOT NULL, 
	participant_id VARCHAR NOT NULL, 
	scope VARCHAR NOT NULL, 
	given BOOLEAN NOT NULL, 
	since DATE NOT NULL, 
	PRIMARY KEY (number), 
	FOREIGN KEY(participant_id) REFERENCES participant (participant_id)
);
INSERT INTO "consent" VALUES(1,'GOE-FI-SUBJECT-1','allele_frequency',1,'2025-05-01');
CREATE TABLE data_set (
	data_set_id VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	disclosure_class VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	PRIMARY KEY (data_set_id)
);
CREATE TABLE epoch (
	number INTEGER NOT NULL, 
	data_set_id VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	people INTEGER NOT NULL, 
	PRIMARY KEY (number), 
	FOREIGN KEY(data_set_id) REFERENCES data_set (data_set_id)
);
CREATE TABLE epoch_sample (
	number INTEGER NOT NULL, 
	sample_id VARCHAR NOT NULL, 
	batch_id VARCHAR NOT NULL, 
	PRIMARY KEY (number, sample_id, batch_id), 
	FOREIGN KEY(number) REFERENCES epoch (number), 
	FOREIGN KEY(sample_id) REFERENCES sample (sample_id)
);
CREATE TABLE participant (
	participant_id VARCHAR NOT NULL, 
	sex VARCHAR NOT NULL, 
	birth_year INTEGER, 
	country_of_origin VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	PRIMARY KEY (participant_id)
);
INSERT INTO "participant" VALUES('GOE-FI-SUBJECT-1','female',1962,'FI','FI1C');
CREATE TABLE sample (
	sample_id VARCHAR NOT NULL, 
	genome VARCHAR NOT NULL, 
	karyotype VARCHAR NOT NULL, 
	PRIMARY KEY (sample_id), 
	UNIQUE (genome)
);
CREATE INDEX ix_consent_participant_id ON consent (participant_id);
COMMIT;
