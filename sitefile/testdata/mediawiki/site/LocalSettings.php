<?php
# Protect against web entry
if ( !defined( 'MEDIAWIKI' ) ) {
	exit;
}
$wgSitename = "Wiki";
$wgScriptPath = "/w";
$wgServer = "//wiki.example.com";
$wgLogos = [ '1x' => "$wgResourceBasePath/logo.png" ];
$wgDBtype = "mysql";
$wgDBserver = "localhost";
$wgDBname = "wiki";
$wgDBuser = "wiki";
$wgDBpassword = "p@ss'w\"ö/rd?#";
$wgDBprefix = "mw_";
$wgDBTableOptions = "ENGINE=InnoDB, DEFAULT CHARSET=binary";
$wgSharedTables[] = "actor";
$wgSecretKey = "canary-secret-key";
$wgAuthenticationTokenVersion = "1";
$wgGroupPermissions['*']['edit'] = false;
wfLoadSkin( 'Vector' );
wfLoadExtension( 'Cite' );
