// Command naive is users-info as one would write it in an afternoon with gin and gorm; the benchmarks compare its start with Chatpass's.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to serve at")
	dsn := flag.String("dsn", "", "go-sql-driver DSN of the database")
	login := flag.String("login", "", "API login")
	password := flag.String("password", "", "API password")
	flag.Parse()
	db, err := gorm.Open(mysql.Open(*dsn+"?parseTime=true"), &gorm.Config{})
	if err != nil {
		fmt.Fprintln(os.Stderr, "naive:", err)
		os.Exit(1)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.Default()
	engine.GET("/users", gin.BasicAuth(gin.Accounts{*login: *password}), func(c *gin.Context) {
		var rows []map[string]any
		if err := db.Table("ktvs_users").Where("user_id IN ?", strings.Split(c.Query("user_ids"), ",")).Find(&rows).Error; err != nil {
			c.JSON(http.StatusServiceUnavailable, gin.H{"code": http.StatusServiceUnavailable})
			return
		}
		users := []gin.H{}
		for _, row := range rows {
			user := gin.H{"user_id": row["user_id"], "name": row["display_name"], "profile_url": fmt.Sprintf("https://www.example.com/members/%v/", row["user_id"]), "badge": row["custom10"]}
			if avatar, ok := row["avatar"].(string); ok && avatar != "" {
				user["avatar_url"] = "https://www.example.com/contents/avatars/" + avatar
			}
			if t, ok := row["last_login_date"].(time.Time); ok {
				user["lastlogin"] = t.Unix()
			}
			users = append(users, user)
		}
		c.JSON(http.StatusOK, users)
	})
	if err := engine.Run(*listen); err != nil {
		fmt.Fprintln(os.Stderr, "naive:", err)
		os.Exit(1)
	}
}
