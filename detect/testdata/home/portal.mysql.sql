-- A Russian portal, its names written in Latin letters.
CREATE TABLE polzovateli (
  nomer bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, nik varchar(50), parol varchar(64), pochta varchar(100), familiya varchar(50), imya varchar(50),
  kartinka varchar(255), posledniy_vhod datetime, zablokirovan tinyint(1) DEFAULT 0, data_registracii datetime, gorod varchar(50)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE soobscheniya (nomer bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, ot_kogo bigint unsigned, komu bigint unsigned, tekst text);
CREATE TABLE gruppy (nomer int NOT NULL AUTO_INCREMENT PRIMARY KEY, nazvanie varchar(50));
CREATE TABLE novosti (nomer int NOT NULL AUTO_INCREMENT PRIMARY KEY, zagolovok varchar(200), kartinka varchar(255));
