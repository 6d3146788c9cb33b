-- A German shop: every column begins with the table's short name.
CREATE TABLE kunden (
  kd_kundennr int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, kd_anrede enum('Herr','Frau','Firma'), kd_vorname varchar(60), kd_nachname varchar(60),
  kd_firma varchar(100), kd_emailadresse varchar(120) NOT NULL UNIQUE, kd_kennwort varchar(255), kd_profilbild varchar(200), kd_strasse varchar(100),
  kd_plz varchar(10), kd_ort varchar(80), kd_letzter_login datetime, kd_gesperrt tinyint(1) NOT NULL DEFAULT 0, kd_status enum('neu','aktiv','inaktiv')
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE kunden_adressen (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, kundennr int, vorname varchar(60), nachname varchar(60), email varchar(120));
CREATE TABLE bestellungen (bestellnr int NOT NULL AUTO_INCREMENT PRIMARY KEY, kundennr int, summe decimal(10,2), status varchar(20));
CREATE TABLE artikel (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(200), bild varchar(200), preis decimal(10,2), aktiv tinyint(1));
CREATE TABLE mitarbeiter (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, benutzername varchar(40), passwort varchar(255), email varchar(120), aktiv tinyint(1));
