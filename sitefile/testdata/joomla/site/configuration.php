<?php
class JConfig {
	public $offline = false;
	public $sitename = 'Verein "Süd"';
	public $dbtype = 'mysqli';
	public $host = 'localhost';
	public $user = 'joomla';
	public $password = 'p@ss\'w"ö/rd?#';
	public $db = 'joomla_db';
	public $dbprefix = 'q8xyz_';
	public $dbencryption = 0;
	public $secret = 'canary16charsJ00';
	public $lifetime = 15;
	public $live_site = '';
	public $log_path = '/srv/www/administrator/logs';
	public $helpurl = 'https://help.joomla.org/proxy?keyref=Help{major}{minor}:{keyref}&lang={langcode}';
}
