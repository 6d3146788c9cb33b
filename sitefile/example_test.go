package sitefile_test

import (
	"fmt"

	"github.com/chatpass/chatpass/sitefile"
)

func ExampleParse() {
	values, err := sitefile.Parse("php", []byte(`<?php
		define('DB_NAME', 'shop');
		$table_prefix = 'wp_';
		$databases['default']['default'] = ['host' => getenv('DB_HOST') ?: 'localhost'];`))
	if err != nil {
		fmt.Println(err)
		return
	}
	name, _ := values.Get("DB_NAME")
	host, _ := values.Get("DB_HOST ?? $databases.default.default.host")
	_, known := values.Get("DB_PASSWORD")
	fmt.Println(name, host, known)
	// Output: shop localhost false
}
